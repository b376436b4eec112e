import io, re, zipfile, datetime as dt
import pytest
from sqlmodel import select
from tests.factories import NOON
from tests.web.questionnaire_test import *
from tests.web.questionnaire_test import analyst, stock, link, pat, stranger
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
OUT=open("/tmp/walkshots/bad.txt","a")
def say(*a): print(*a, file=OUT, flush=True)
def text(r): return re.sub(r"\s+"," ",re.sub(r"<[^>]+>"," ",r.text.partition("<main")[2]))[:300]
SVG=b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(2)</script></svg>'
def test_files(pat, link, database, app):
    pdf=b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
    z=io.BytesIO()
    with zipfile.ZipFile(z,"w") as a: a.writestr("x","y")
    for name,c in [("a.svg",SVG),("a.txt",SVG),("a.txt",b"\n\n   hello\n"+SVG),("a.txt",b"\xef\xbb\xbf"+SVG),("b.txt","\ufeff".encode("utf-16")+SVG.decode().encode("utf-16-le")),
        ("p.png",b"\x89PNG\r\n\x1a\n"+b"\0"*20+SVG),("p.png",b"\x89PNG\r\n\x1a\n"+b"\0"*9+z.getvalue()),("p.jpg",b"\xff\xd8\xff"+b"<script>"),("g.gif",b"GIF89a"+b"\0"*10),("x.pdf",pdf),
        ("m.docm",b"PK\x03\x04"+b"\0"*100),("old.doc",b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+b"\0"*600),("run.exe",b"MZ"+b"\0"*50),("a.html.txt",b"plain <script>alert(1)</script>"),("formula.csv",b"=HYPERLINK(1)\n"),("x"*250+".png",PNG),("\u202egnp.exe",PNG+b"1"),("a\r\nb: c.png",PNG+b"2"),("../../../x.png",PNG+b"3"),("a.heic",b"\0\0\0\x18ftypheic"+b"\0"*40),("a.webp",b"RIFF\x10\0\0\0WEBPVP8 "+b"\0"*10)]:
        r=upload(pat,link,name,c)
        with database.reading() as s: rows=[(x.name,x.bytes) for x in s.exec(select(ResponseFile))]
        say("file",repr(name[:30]),c[:12],r.status_code, re.findall(r'file-error[^>]*>.*?Error.*?</span>(.*?)</span>',r.text)[:1], rows[-1] if rows else None)
    with database.reading() as s: rows=s.exec(select(ResponseFile)).all()
    for row in rows:
        a=pat.get(f"{link}/files/{row.id}"); say("served",repr(row.name[:40]),a.status_code,a.headers["Content-Type"],a.headers["Content-Disposition"][:90],a.headers.get("Content-Security-Policy")[:40])
    big=upload(pat,link,"big.png",PNG+b"x"*(11*1024*1024)); say("11MB",big.status_code,re.findall(r'Error.*?</span>(.*?)</span>',big.text)[:1])
    big=upload(pat,link,"big.png",PNG+b"x"*(40*1024*1024)); say("40MB",big.status_code,text(big)); say(answers(database))
    r=pat.press(f"{link}/s/access",go="save",**(said("AC-02","met","typed words")|{"f:AC-02":(io.BytesIO(PNG+b"x"*(40*1024*1024)),"b.png")})); say("40MB+answer",r.status_code,answers(database))

def test_stale(pat, link, database, app, stranger, clock):
    # csrf lost
    r=pat.post(f"{link}/s/access",data=said("AC-01","met","hours of words")|{"csrf_token":"old","go":"next"}); say("stale csrf",r.status_code,text(r), "hours of words" in r.text, answers(database))
    pat.delete_cookie("session")
    r=pat.post(f"{link}/s/access",data=said("AC-01","met","hours of words")|{"csrf_token":"old","go":"next"}); say("no cookie",r.status_code,text(r), "hours of words" in r.text)
    r=pat.press(f"{link}/s/access",go="next",**said("AC-01","met","hours of words")); say("no entry",r.status_code,r.headers.get("Location"))
    r=pat.post(f"{link}/s/access/AC-01",data=said("AC-01","met","x")|{"csrf_token":"old"},headers={"HX-Request":"true"}); say("hx no cookie",r.status_code,dict(r.headers).get("HX-Redirect"))
    r=pat.press(link); r=pat.get(link+"/overview"); say("in again",r.status_code)
    print(link)

def test_words(pat, link, database, stranger):
    T="abc\u202egpj.exe\u0007\x00<script>alert(1)</script>"
    big="x"*1_000_000
    for where,fields in [("/check",dict(name=T,role=T,declared="y")),("/check",dict(name=big,role=big,declared="y")),("/decline",dict(reason=big)),("/people",dict(name=T,email="a@polar.example",sections="access")),("/people",dict(name="A\r\nBcc: x@y.z",email="b@polar.example\r\nBcc: x@y.z",sections="access")),("/people",dict(name=big,email="c@polar.example",sections="access")),("/messages",dict(text=big)),("/messages",dict(message=T, text=T)),("/hand-over",dict(name=T,email="d@polar.example"))]:
        r=pat.press(link+where,**fields); say("words",where,r.status_code,r.headers.get("Location"),text(r)[:250], "<script>alert" in r.text, "\u202e" in r.text, big in r.text)
    with database.reading() as s:
        for m in s.exec(select(OutboxMail)): say("mail",repr(m.recipient),repr(m.subject[:100]),"\u202e" in m.text,"<script>" in (m.html or ""))
        for m in s.exec(select(ResponseLink)): say("link",repr(m.name[:80]),m.email)

def test_scanner(link, database, app):
    b=app.test_client()
    for m in ("get","head","options"):
        for p in ("","/overview","/s/access","/check","/code","/new-link","/decline","/result"):
            r=getattr(b,m)(link+p); say("scan",m,p,r.status_code,r.headers.get("Location","").replace(link,"L"),r.headers.get("X-Robots-Tag"),r.headers.get("Cache-Control"),r.headers.get("Referrer-Policy"))
    say(one(database,QuestionnaireResponse).state)

def test_late(pat, link, database, clock, stranger):
    answer_all(pat, link)
    clock.move(days=30); r=pat.get(f"{link}/check"); say("late get",r.status_code,text(r)[:200])
    pat.press(link)
    r=pat.press(f"{link}/check",name="P",role="O",declared="y"); say("late submit",r.status_code,one(database,QuestionnaireResponse).state)
    r=pat.press(f"{link}/s/access",go="next",**said("AC-01","unmet","late words",1)); say("save after submit",r.status_code,r.headers.get("Location")); r=pat.get(f"{link}/overview"); say(text(r))
    r=pat.press(f"{link}/s/access/AC-01",**said("AC-01","unmet","late words",1)); say("autosave after submit",r.status_code,r.text[:400])
    r=pat.press(f"{link}/check",name="P",role="O",declared="y"); say("submit twice",r.status_code)
    clock.move(days=60); r=pat.get(link); say("over",r.status_code,text(r)); r=pat.press(f"{link}/s/access",go="next",**said("AC-01","unmet","late words",1)); say("over post",r.status_code,text(r),"late words" in r.text)

def test_gone_template(analyst, pat, link, database, monkeypatch, stock):
    from vendor_risk.workflow import questionnaires as q
    from vendor_risk.workflow.responses import published as p
    monkeypatch.setattr(q,"shipped",lambda: []); p._known.clear(); p._parsed.cache_clear(); p.parsed.cache_clear()
    answer_all(pat,link)
    say("gone", [pat.get(link+x).status_code for x in ("","/overview","/s/access","/check","/questions.xlsx","/questions.pdf","/answers.xlsx","/answers.json","/workbook")])
    r=pat.press(f"{link}/check",name="P",role="O",declared="y"); say(r.status_code,one(database,QuestionnaireResponse).state)
    i=one(database,QuestionnaireResponse).id
    for u in (f"/responses/{i}","/responses",f"/vendors/{stock[0]}/questionnaires",f"/vendors/{stock[0]}/engagements/{stock[1]}/questionnaires","/responses/burden","/responses/import",f"/vendors/{stock[0]}", f"/vendors/{stock[0]}/engagements/{stock[1]}"):
        r=analyst.get(u); say("gone ours",u[:30],r.status_code, text(r)[:200] if r.status_code>=400 else "")
