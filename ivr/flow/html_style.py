"""How the map looks: light and dark, on screen and on paper."""

STYLE = """
:root{color-scheme:light dark;--ink:#1c2430;--soft:#5b6675;--paper:#f6f7f9;--card:#fff;--line:#dde2e9;--mark:#0b5fa5;
--bad:#a3262a;--good:#17693a}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--paper:#12161c;--card:#1a2029;--line:#2d3643;
--mark:#7dbbf0;--bad:#ff8f8f;--good:#7fd8a0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,sans-serif}
main{max-width:84rem;margin:0 auto;padding:1.5rem}
h1{font-size:1.9rem;margin:.2rem 0}h2{font-size:1.2rem;margin:0 0 .5rem}h2 small,.meta,.note{color:var(--soft)}
h2 small{font-weight:400}
section,nav,.figures{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.2rem;
margin:1rem 0;scroll-margin-top:1rem}
section:target{border-color:var(--mark);box-shadow:0 0 0 2px var(--mark)}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-top:1px solid var(--line);overflow-wrap:anywhere}
thead th{border-top:0;color:var(--soft);font-weight:600;font-size:.85rem}
.figures{display:table;padding:0;border-spacing:0}.figures small{display:block;font-weight:400}
.words{table-layout:fixed;min-width:44rem}.words th:first-child{width:6.5rem;font-weight:400}.words .to{width:10rem}
.wide{overflow-x:auto}
summary{color:var(--soft);font-size:.85rem;cursor:pointer;margin-top:.5rem}
.meta,.note{font-size:.85rem;margin:.3rem 0}
nav ul{list-style:none;padding-left:1.4rem;margin:.2rem 0;columns:auto}nav li{margin:.15rem 0;break-inside:avoid}
nav>ul{columns:3 16rem;padding-left:0}
a{color:var(--mark);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
kbd{display:inline-block;min-width:1.7em;text-align:center;padding:0 .35em;border:1px solid var(--line);
border-bottom-width:3px;border-radius:5px;background:var(--paper);font:600 .9em ui-monospace,monospace}
code{font:.8em ui-monospace,monospace;color:var(--soft)}
mark{background:none;color:var(--bad);font-weight:600}
.good{color:var(--good);font-weight:600}.bad{border-color:var(--bad)}.bad h2{color:var(--bad)}
@media print{body{background:#fff;font-size:11px}main{max-width:none;padding:0}nav{break-after:page}
section{break-inside:avoid;border-color:#bbb}a{color:inherit}}
"""
