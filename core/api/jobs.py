"""Long work: how far it is, and how to stop it."""

from uuid import UUID

from sqlalchemy.orm import Session

from core import clock, jobs, rest, web
from core.models import Job
from core.schemas import JobSchema

blueprint = rest.blueprint("jobs", "Long work and how far it is")


@blueprint.get('/jobs/<public("jo"):id>')
@web.requires("jobs:read")
@blueprint.response(200, JobSchema)
@web.reading
def show(session: Session, id: UUID) -> Job:
    """Show how far a job is."""
    return jobs.find(session, id)


@blueprint.post('/jobs/<public("jo"):id>/cancel')
@web.requires("jobs:stop")
@blueprint.response(200, JobSchema)
@web.writing
def cancel(session: Session, id: UUID) -> Job:
    """Stop a job after its present step; what it has done stays."""
    return jobs.cancel(session, id, at=clock.now())
