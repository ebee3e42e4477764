"""The style sheet of every page, light, dark and on paper; and the script that sorts a table."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1b; --soft: #5a5a5a; --line: #dcdcdc; --ground: #ffffff;
  --card: #f5f5f3; --link: #005a9c; --mark: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e7e7; --soft: #a9a9a9; --line: #3d3d3d; --ground: #16181a;
  --card: #22262a; --link: #7fc0f5; --mark: #56b4e9; } }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; color: var(--ink);
  background: var(--ground); margin: 0; }
main { max-width: 78rem; margin: 0 auto; padding: 1.5rem 1.2rem 3rem; }
header { border-bottom: 3px solid var(--mark); margin-bottom: 1.2rem; }
h1 { font-size: 1.45rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
.answer { font-size: 1.15rem; margin: 0 0 .6rem; } .answer b { color: var(--mark); font-size: 1.35rem; }
.what { color: var(--soft); font-size: .85rem; margin: 0 0 1rem; overflow-wrap: anywhere; }
.note { margin: .2rem 0; max-width: 60rem; }
a { color: var(--link); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
th, td { padding: .3rem 1.1rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; text-align: right; }
th { font-weight: 600; vertical-align: bottom; } th:first-child, td:first-child, .text, .word { text-align: left; }
td.text { overflow-wrap: anywhere; min-width: 14rem; }
.wide { overflow-x: auto; }
th button { font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer;
  text-align: inherit; }
table.sortable { font-size: .88rem; } .sortable th, .sortable td { padding-right: .8rem; }
th button::after { content: "\\00a0\\2195"; color: var(--soft); font-weight: 400; }
th[aria-sort=ascending] button::after { content: "\\00a0\\2191"; }
th[aria-sort=descending] button::after { content: "\\00a0\\2193"; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); gap: 1.2rem;
  align-items: start; grid-auto-flow: dense; }
figure { margin: 0; padding: .8rem; border: 1px solid var(--line); border-radius: 6px; background: var(--card); }
figure.both { grid-column: 1 / -1; } figure.both img { min-width: 38rem; }
img { display: block; max-width: 100%; height: auto; margin: 0 auto .5rem; background: #ffffff; border-radius: 3px; }
figcaption { font-size: .9rem; max-width: 60rem; margin: 0 auto; }
.numbers { color: var(--soft); overflow-wrap: anywhere; }
pre { background: var(--card); padding: .8rem; overflow-x: auto; font-size: .85rem; border-radius: 4px; }
summary { cursor: pointer; font-weight: 600; margin: .6rem 0; } code { font-size: .95em; }
.facts td { text-align: left; }
@media (max-width: 40rem) { table { font-size: .85rem; } th, td { padding-right: .7rem; }
  .facts td:last-child { overflow-wrap: anywhere; min-width: 0; } }
@page { margin: 14mm 12mm; }
@media print { :root { color-scheme: light; --ink: #000000; --soft: #444444; --line: #bbbbbb; --ground: #ffffff;
  --card: #ffffff; --link: #000000; --mark: #000000; }
  main { max-width: none; padding: 0; } body { font-size: 9.5pt; line-height: 1.35; }
  h1 { font-size: 14pt; } h2 { font-size: 11pt; margin: 1rem 0 .4rem; break-after: avoid; }
  .answer { font-size: 11pt; } .answer b { font-size: 13pt; } figcaption { font-size: 8.5pt; line-height: 1.3; }
  details, th button::after { display: none; } .machine { display: none; }
  .figures { grid-template-columns: 1fr 1fr; gap: .7rem; } figure { padding: .5rem; }
  figure img, figure.both img { min-width: 0; max-height: 95mm; width: auto; }
  figure, tr, .facts { break-inside: avoid; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; } .wide { overflow: visible; }
  table { font-size: 8.5pt; } th, td { padding: .15rem .7rem .15rem 0; } td.text { min-width: 0; }
  table.sortable { font-size: 8pt; } .sortable th, .sortable td { padding-right: .45rem; } }
"""

SORT = """
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => head.addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") === "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const order = (one, two) => {
      const [a, b] = [one, two].map(row => row.cells[column]);
      const [x, y] = [a, b].map(cell => "value" in cell.dataset ? Number(cell.dataset.value) : null);
      if (x !== null && y !== null) return down ? y - x : x - y;
      if (x !== null || y !== null) return x === null ? 1 : -1;
      return (down ? -1 : 1) * a.textContent.localeCompare(b.textContent);
    };
    body.append(...[...body.rows].sort(order));
  }));
}
"""
