"""Holds over the API, as a program places them for a till."""

from core import clock, ids, shops
from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_code, make_store


def test_a_till_that_is_out_of_use_holds_nothing_and_lets_go(api: Api, database: Database) -> None:
    store = make_store(api)
    till, code = store["till"], make_code(api, store["offer"], use_limit=1)
    wanted = {"till": till, "coupons": [code]}
    enrolment = api.post(f"/tills/{till}/enrol")["enrolment_code"]
    database.transact(lambda s: shops.enrol_device(s, enrolment, at=clock.now()))

    assert len(api.post("/holds", wanted)["items"]) == 1
    for verb in ("suspend", "retire"):
        api.post(f"/tills/{till}/{verb}")
        with nothing_changes(database):
            answer = api.call("POST", "/holds", wanted, Idempotency_Key=ids.new().hex)
        check_refused(answer, 409, "wrong_state")
        assert api.post("/holds/release", wanted) == {"items": []}
