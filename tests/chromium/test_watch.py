"""A negative control: what every other test here relies on does hear what it must."""

from playwright.sync_api import Browser

from tests.chromium.house import House
from tests.chromium.watch import Gateway, Watch

STYLE = """() => document.head.append(
  Object.assign(document.createElement("style"), {textContent: "p {color: red}"}))"""
ASK = "fetch('https://stranger.invalid/').catch(() => null)"
ASK_AND_HEAR = f"""() => new Promise((done) => {{
  addEventListener("securitypolicyviolation", done, {{once: true}})
  {ASK}
}})"""
ASK_IN_A_WORKER = f"""() => new Promise((done) => {{
  const text = "{ASK}.then(() => postMessage(1))"
  new Worker(URL.createObjectURL(new Blob([text]))).onmessage = () => done()
}})"""


def test_a_style_that_the_policy_forbids_is_heard(browser: Browser, house: House) -> None:
    context = browser.new_context()
    watch = Watch(context)
    page = context.new_page()
    page.goto(f"{house.address}/join")

    page.evaluate(STYLE)
    page.evaluate(ASK_AND_HEAR)

    context.close()
    assert "refused by the policy: style-src-elem inline ()" in watch.complaints
    assert "refused by the policy: connect-src https://stranger.invalid/ ()" in watch.complaints


def test_a_request_to_another_host_is_seen_even_from_a_worker(
    browser: Browser, house: House, gateway: Gateway
) -> None:
    gateway.strangers()
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{house.address}/join")

    page.evaluate(ASK_IN_A_WORKER)

    context.close()
    assert gateway.strangers() == ["CONNECT stranger.invalid:443 HTTP/1.1"]
