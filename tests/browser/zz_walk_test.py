import io, re, json
from urllib.parse import urlsplit
import pytest
from playwright.sync_api import expect
from sqlmodel import select
from tests.browser.harness import audit, follow
from tests.browser.questionnaire_test import stock, link, PNG, SIGNS_IN
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.responses import QuestionnaireResponse
pytestmark = [pytest.mark.browser, pytest.mark.parametrize("database", ["sqlite"], indirect=True)]
import zlib, struct
def png(w=64,h=48):
    raw=b"".join(b"\0"+bytes((x*4%256,y*5%256,90)*1)[:3]*w if False else b"\0"+b"".join(bytes((x*4%256,y*5%256,90)) for x in range(w)) for y in range(h))
    def ch(t,d): return struct.pack(">I",len(d))+t+d+struct.pack(">I",zlib.crc32(t+d))
    return b"\x89PNG\r\n\x1a\n"+ch(b"IHDR",struct.pack(">IIBBBBB",w,h,8,2,0,0,0))+ch(b"IDAT",zlib.compress(raw))+ch(b"IEND",b"")

@pytest.mark.parametrize(("javascript","theme"), [(False,"light"),(True,"dark")])
def test_walk(browser, enter, context, address, link, database, javascript, theme):
    tag = f"{'js' if javascript else 'nojs'}-{theme}"
    n=[0]; log=[]
    def shot(page, name, full=True):
        n[0]+=1
        page.screenshot(path=f"/tmp/walkshots/{tag}-{n[0]:02d}-{name}.png", full_page=full)
        wide = 0
        if javascript or page is not phonepage: wide = page.evaluate("document.documentElement.scrollWidth")
        log.append((n[0],name,wide,page.url.replace(address,"")[:60]))
    phonepage=None
    enter("admin")
    outbox = context.new_page()
    outbox.emulate_media(color_scheme=theme, reduced_motion="reduce")
    outbox.set_viewport_size({"width":390,"height":844})
    outbox.goto(f"{address}/mail"); shot(outbox,"outbox")
    follow(outbox, outbox.get_by_role("link", name=re.compile("Security questions from"))); shot(outbox,"mail")
    phone = browser.new_context(java_script_enabled=javascript, viewport={"width":390,"height":844}, has_touch=True, color_scheme=theme, reduced_motion="reduce")
    page = phone.new_page(); phonepage=page
    page.goto(link); shot(page,"door")
    follow(page, page.get_by_role("button", name="Open the questions")); shot(page,"overview")
    follow(page, page.get_by_role("link", name="Begin")); shot(page,"s1-empty")
    for part in range(4):
        if part==1:
            # leave all, to see what an unanswered page says
            follow(page, page.get_by_role("button", name="Save and continue")); shot(page,"s2-left-open")
            page.go_back()
        for group in page.locator(".q").all():
            group.get_by_role("radio", name="Yes").check()
        if part==0:
            first=page.locator(".q").first
            first.get_by_role("radio", name="No", exact=True).check()
            last=page.locator(".q").last
            last.locator("summary", has_text=re.compile("Evidence|Add a file")).click()
            last.get_by_label(re.compile("Choose a file")).set_input_files({"name":"desk.png","mimeType":"image/png","buffer":png()})
            last.get_by_role("radio", name=re.compile("Partly")).check()
            page.wait_for_timeout(1500)
            shot(page,"s1-filled")
            # partly needs a note: what happens
            follow(page, page.get_by_role("button", name="Save and continue")); shot(page,"s1-after-save-partly-no-note")
            if "/s/" in page.url and page.locator(".q").first.get_by_text("second step").count():
                page.locator(".q").last.locator("textarea").first.fill("Two of three desks, the third in May.") if page.locator(".q").last.locator("textarea").count() else None
                shot(page,"s1-note")
                follow(page, page.get_by_role("button", name="Save and continue"))
            continue
        if part in (1,3): shot(page,f"s{part+1}-filled")
        follow(page, page.get_by_role("button", name="Save and continue"))
    shot(page,"check")
    log.append(page.url)
    # open ones?
    body = page.inner_text("main"); log.append(body[:600])
    follow(page, page.get_by_role("link", name=re.compile("When someone leaves"))); shot(page,"from-check", False)
    for url in [f"{link}/s/access"]:
        page.goto(url); shot(page,"s1-again")
        last=page.locator(".q").last
        last.get_by_role("radio", name="Yes").check()
        follow(page, page.get_by_role("button", name="Save and continue"))
    page.goto(f"{link}/files"); shot(page,"files")
    page.goto(f"{link}/people"); shot(page,"people")
    page.goto(f"{link}/messages"); shot(page,"messages")
    page.goto(f"{link}/workbook"); shot(page,"workbook")
    page.goto(f"{link}/overview"); shot(page,"overview-late")
    page.goto(f"{link}/check"); shot(page,"check2")
    page.get_by_label("Your role").fill("Owner")
    page.get_by_label(re.compile("true and complete")).check()
    follow(page, page.get_by_role("button", name="Submit the answers")); shot(page,"submitted")
    with database.reading() as session:
        response = session.exec(select(QuestionnaireResponse)).one()
    outbox.goto(f"{address}/responses"); shot(outbox,"queue")
    outbox.goto(f"{address}/responses/{response.id}"); shot(outbox,"review-390")
    outbox.set_viewport_size({"width":1440,"height":900}); outbox.goto(f"{address}/responses/{response.id}"); shot(outbox,"review-1440")
    follow(outbox, outbox.get_by_role("button", name=re.compile("without a flag"))); shot(outbox,"review-batch")
    for _ in range(12):
        if outbox.get_by_role("button", name="Accept the response").count(): break
        follow(outbox, outbox.get_by_role("button", name=re.compile("^Accept( \\w)?$")))
    shot(outbox,"review-decided")
    follow(outbox, outbox.get_by_role("button", name="Accept the response")); shot(outbox,"review-accepted")
    page.reload(); shot(page,"result")
    page.get_by_label("Your words").fill("We turned it on in May; the photo shows it.")
    page.get_by_label(re.compile("^Evidence")).set_input_files({"name":"may.png","mimeType":"image/png","buffer":png()})
    follow(page, page.get_by_role("button", name=re.compile("^Dispute"))); shot(page,"disputed")
    with database.reading() as session:
        finding = session.exec(select(StoredFinding)).one()
    enter("approver")
    outbox.goto(f"{address}/findings/{finding.id}"); shot(outbox,"finding-1440")
    outbox.set_viewport_size({"width":390,"height":844}); shot(outbox,"finding-390")
    outbox.get_by_label("Not theirs").check()
    outbox.get_by_label("Reason").fill("The photo shows it.")
    follow(outbox, outbox.get_by_role("button", name="Save the step")); shot(outbox,"finding-done")
    page.reload(); shot(page,"result-after")
    outbox.set_viewport_size({"width":1440,"height":900})
    outbox.goto(f"{address}/vendors/{finding.vendor_id}"); shot(outbox,"vendor")
    open(f"/tmp/walkshots/{tag}.log","w").write("\n".join(map(str,log)))
