// The style sheet and the script of the page: part of every page, so kept small.
#include "apps/data/page_parts.h"

namespace svla {

const char* const kPageStyle = R"css(
:root { color-scheme: light dark; --bg: #f6f7f9; --card: #fff; --ink: #1f242b;
  --pale: #5c6570; --line: #dde1e7; --state: #0072b2; --action: #d55e00;
  --good: #00734b; --warning: #946200; --error: #b3261e; --bar: #b9c3cf; }
@media (prefers-color-scheme: dark) { :root { --bg: #14171b; --card: #1c2026;
  --ink: #e4e7eb; --pale: #9aa4b0; --line: #323941; --state: #56b4e9;
  --action: #ff9a4a; --good: #4cc38a; --warning: #e3b341; --error: #ff7b72;
  --bar: #4a5561; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--ink);
  font: 15px/1.45 system-ui, "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 20px 16px 60px; }
h1 { font-size: 25px; margin: 4px 0 14px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 30px 0 8px; }
h3 { font-size: 13px; margin: 14px 0 4px; font-weight: 600; overflow-wrap: anywhere; }
p { margin: 6px 0; }
code { font: 13px ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
bdi { overflow-wrap: anywhere; }
a { color: var(--state); }
summary { cursor: pointer; }
.note, small, figcaption { color: var(--pale); font-size: 13px; }
.good { color: var(--good); } .bad { color: var(--error); }
.facts { display: grid; gap: 8px; margin: 0 0 10px;
  grid-template-columns: repeat(auto-fill, minmax(140px, 1fr)); }
.facts div, .finding, .episode { background: var(--card);
  border: 1px solid var(--line); border-radius: 8px; padding: 8px 12px; }
.facts dt { color: var(--pale); font-size: 12px; }
.facts dd { margin: 0; font-size: 16px; font-variant-numeric: tabular-nums; }
.missing summary { color: var(--error); }
.finding { margin: 8px 0; border-left: 4px solid var(--warning); }
.finding.error { border-left-color: var(--error); }
.finding.warning b { color: var(--warning); } .finding.error b { color: var(--error); }
.finding p { margin: 0 0 4px; }
.finding dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 0; }
.finding dt { color: var(--pale); } .finding dd { margin: 0; white-space: pre-line; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; }
th, td { text-align: left; padding: 3px 14px 3px 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td { min-width: 50px; } th { color: var(--pale); font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lengths { display: block; width: 100%; height: 110px; background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; }
.lengths rect { fill: var(--bar); } .lengths a rect { fill: var(--state); }
.lengths rect:hover, .lengths a:focus rect { fill: var(--action); }
.contents { margin: 0 0 12px; font-size: 13px; }
.contents a { margin-right: 12px; text-decoration: none; }
details > .wide { margin: 2px 0 12px; }
.film { display: grid; grid-template-columns: repeat(8, minmax(0, 1fr)); gap: 6px; }
.film figure { margin: 0; } .film img { display: block; width: 100%; height: auto;
  border-radius: 4px; }
.film figcaption { font-size: 12px; text-align: center; }
.film .near img, .film .near .hatched { outline: 2px solid var(--action); }
.hatched { aspect-ratio: 4 / 3; display: grid; place-items: center; border-radius: 4px;
  color: var(--error); font-size: 12px; background: repeating-linear-gradient(
  -45deg, transparent 0 6px, var(--line) 6px 8px); border: 1px solid var(--line); }
.strip { aspect-ratio: auto; min-height: 56px; margin: 6px 0; }
.strip p { background: var(--card); padding: 2px 10px; border-radius: 4px; }
.plots { display: grid; gap: 12px;
  grid-template-columns: repeat(auto-fill, minmax(min(270px, 100%), 1fr)); }
.plot { margin: 0; min-width: 0; }
.plot figcaption { display: flex; justify-content: space-between; gap: 8px;
  white-space: nowrap; }
.plot b { color: var(--ink); font-weight: 600; overflow: hidden;
  text-overflow: ellipsis; }
.plot output { font-variant-numeric: tabular-nums; } .plot i { font-style: normal; }
i.state { color: var(--state); } i.action { color: var(--action); margin-left: 6px; }
.time { color: var(--ink); }
.frame { position: relative; height: 104px; background: var(--bg);
  border: 1px solid var(--line); border-radius: 5px; }
section > .plots .frame { background: var(--card); } .small .frame { height: 76px; }
.frame span { position: absolute; left: 5px; color: var(--pale);
  pointer-events: none; } .frame span, .frame small { font-size: 11px; }
.high { top: 1px; } .low { bottom: 1px; }
.frame svg { position: absolute; left: 62px; width: calc(100% - 66px); height: 100%;
  overflow: hidden; touch-action: pan-y; }
.episode .frame svg { background: linear-gradient(90deg, var(--line) 1px, transparent 1px)
  0 0 / calc((100% - 1px) / var(--gaps)) 100%; }
.small .frame svg { top: 4px; height: calc(100% - 8px); left: 100px;
  width: calc(100% - 104px); }
.episode path { fill: none; stroke-width: 1.6; vector-effect: non-scaling-stroke;
  stroke-linecap: round; stroke-linejoin: round; }
.episode .state { stroke: var(--state); }
.episode .action { stroke: var(--action); stroke-dasharray: 4 3; stroke-width: 1.3; }
.episode .cursor { stroke: var(--pale); stroke-width: 1; }
.small path.state { fill: var(--state); } .small path.action { fill: var(--action); }
.small path.action { stroke: var(--card); stroke-width: 1;
  vector-effect: non-scaling-stroke; paint-order: stroke; }
.key::before { content: ""; display: inline-block; width: 20px; margin-right: 5px;
  vertical-align: middle; border-top: 2px solid var(--state); }
.key.action::before { border-top: 2px dashed var(--action); }
.episode { margin: 8px 0; scroll-margin-top: 56px; }
.episode > summary span { color: var(--pale); margin: 0 8px; }
.episode[open] > summary { margin-bottom: 6px; }
.bar { position: sticky; top: 0; z-index: 1; display: flex; gap: 6px; padding: 8px 0;
  align-items: center; background: var(--bg); color: var(--pale); font-size: 13px; }
.bar[hidden] { display: none; }
.bar label { white-space: nowrap; }
.bar button, .bar select { font: inherit; color: var(--ink); background: var(--card);
  border: 1px solid var(--line); border-radius: 6px; min-height: 36px; padding: 0 12px; }
@media (max-width: 640px) { main { padding: 12px 10px 40px; }
  .film { grid-template-columns: repeat(4, minmax(0, 1fr)); } .bar span { display: none; }
  .facts { grid-template-columns: repeat(auto-fill, minmax(100px, 1fr)); }
  .facts dd { font-size: 15px; } }
)css";

const char* const kPageScript = R"js(
'use strict';
(() => {
const episodes = [...document.querySelectorAll('.episode')];
if (!episodes.length) return;
const bar = document.querySelector('.bar'), pick = document.querySelector('#pick');
const number = (e) => e.id.slice('episode-'.length);
bar.hidden = false;
for (const e of episodes) pick.add(new Option('episode ' + number(e), e.id));

// One is open at a time, also where details with a name are not known yet.
function show(episode, scroll) {
  for (const e of episodes) e.open = e === episode;
  pick.value = episode.id;
  if (scroll) episode.scrollIntoView();
}
function step(by) {
  const at = episodes.findIndex((e) => e.id === pick.value);
  const next = episodes[at + by];
  if (next) show(next, true);
}
function follow() {
  const named = episodes.find((e) => '#' + e.id === location.hash);
  if (named) show(named, true);
}
pick.onchange = () => show(document.getElementById(pick.value), true);
document.querySelector('#previous').onclick = () => step(-1);
document.querySelector('#next').onclick = () => step(1);
for (const e of episodes) e.addEventListener('toggle', () => {
  if (e.open) pick.value = e.id;
});
addEventListener('hashchange', follow);
addEventListener('keydown', (event) => {
  const by = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!by || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (event.target.closest && event.target.closest('select')) return;
  event.preventDefault();
  step(by);
});
follow();

// The points of a curve, read from what draws it: "M0 431l1 3 1-2".
const read = new WeakMap();
function points(path) {
  if (read.has(path)) return read.get(path);
  const found = [];
  let x = 0, y = 0, absolute = false, first = null;
  for (const [word] of path.getAttribute('d').matchAll(/[Ml]|-?\d+/g)) {
    if (word === 'M' || word === 'l') { absolute = word === 'M'; continue; }
    if (first === null) { first = +word; continue; }
    x = absolute ? first : x + first;
    y = absolute ? +word : y + +word;
    first = null;
    found.push([x, y]);
  }
  read.set(path, found);
  return found;
}
// A view box that holds the curves of this episode alone, and the numbers at its ends.
function scale(svg, own) {
  const paths = [...svg.querySelectorAll('.state, .action')];
  const heights = paths.flatMap((p) => points(p).map((q) => q[1]));
  let top = 0, bottom = 1000;
  if (own && heights.length) {
    top = heights.reduce((a, b) => Math.min(a, b));
    bottom = Math.max(heights.reduce((a, b) => Math.max(a, b)), top + 1);
  }
  const box = svg.viewBox.baseVal, room = (bottom - top) / 25;
  box.y = top - room;
  box.height = bottom - top + 2 * room;
  for (const [end, at] of [['.high', top], ['.low', bottom]]) {
    const label = svg.parentNode.querySelector(end);
    label.dataset.all = label.dataset.all || label.textContent;
    label.textContent = own ? text(svg, at) : label.dataset.all;
  }
}
// As many digits as a thousandth of the range makes worth reading.
function text(svg, height) {
  const low = +svg.dataset.low, high = +svg.dataset.high;
  const largest = Math.max(Math.abs(low), Math.abs(high)), span = high - low;
  const digits = Math.ceil(Math.log10(largest / (span || 1) || 1)) + 3;
  const found = high - span * height / 1000;
  return String(+found.toPrecision(Math.min(Math.max(digits, 4), 15)))
      .replace('-', '\u2212');
}
const zoom = document.querySelector('#zoom');
zoom.onchange = () => {
  for (const svg of document.querySelectorAll('.episode svg')) scale(svg, zoom.checked);
};
function nearest(found, frame) {
  let best = null;
  for (const p of found)
    if (best === null || Math.abs(p[0] - frame) < Math.abs(best[0] - frame)) best = p;
  return best;
}
function value(svg, kind, frame) {
  const path = svg.querySelector('path.' + kind);
  const point = path && nearest(points(path), frame);
  return point ? text(svg, point[1]) : '';
}
function mark(episode, frame) {
  episode.querySelector('.time').textContent =
      'At ' + (frame / episode.dataset.fps).toFixed(2) + ' s, frame ' + frame + '.';
  for (const plot of episode.querySelectorAll('.plot')) {
    const svg = plot.querySelector('svg');
    if (!svg) continue;
    for (const kind of ['state', 'action'])
      plot.querySelector('i.' + kind).textContent = value(svg, kind, frame);
    let cursor = svg.querySelector('.cursor');
    if (!cursor) {
      cursor = document.createElementNS(svg.namespaceURI, 'path');
      cursor.setAttribute('class', 'cursor');
      svg.prepend(cursor);
    }
    cursor.setAttribute('d', 'M' + frame + ' -1100v3200');
  }
  for (const film of episode.querySelectorAll('.film')) {
    const away = (f) => Math.abs(f.dataset.frame - frame);
    const all = [...film.children];
    const best = all.reduce((a, b) => away(b) < away(a) ? b : a, all[0]);
    for (const f of all) f.classList.toggle('near', f === best);
  }
}
function clear(episode) {
  for (const e of episode.querySelectorAll('.time, .plot i')) e.textContent = '';
  for (const e of episode.querySelectorAll('.cursor')) e.remove();
  for (const e of episode.querySelectorAll('.near')) e.classList.remove('near');
}
for (const episode of episodes) {
  const plots = episode.querySelector('.plots');
  if (!plots) continue;
  const follow = (event) => {
    const svg = event.target.closest('svg');
    if (!svg) return;
    const box = svg.getBoundingClientRect(), last = svg.viewBox.baseVal.width;
    const share = (event.clientX - box.left) / box.width;
    mark(episode, Math.round(Math.min(Math.max(share, 0), 1) * last));
  };
  plots.addEventListener('pointermove', follow);
  plots.addEventListener('pointerdown', follow);
  plots.addEventListener('pointerleave', () => clear(episode));
}
})();
)js";

}  // namespace svla
