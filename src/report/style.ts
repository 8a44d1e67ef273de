import { DIVERGING_CSS } from './colour.js';

/** The report's whole style sheet: system fonts, light and dark by the reader's setting, fit to print. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fcfcfb; --ink: #1d2023; --soft: #62686f; --line: #d9dbdd; --panel: #f1f2f2; --warn: #8a5a00; --warn-ground: #fdf4e0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #15171a; --ink: #e6e7e8; --soft: #9aa1a8; --line: #34383d; --panel: #1e2125; --warn: #e9bd6a; --warn-ground: #2c2414;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2.5rem 2rem 4rem; max-width: 86rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0; font-size: 1.6rem; font-weight: 600; letter-spacing: -0.01em; overflow-wrap: anywhere; }
h2 { margin: 2.6rem 0 0.8rem; padding-bottom: 0.35rem; border-bottom: 1px solid var(--line); font-size: 1.05rem; font-weight: 600; }
p { margin: 0.3rem 0; }
.soft, figcaption, caption { color: var(--soft); font-size: 0.87rem; }
.warnings { margin: 1.4rem 0 0; padding: 0.7rem 1rem; border-left: 3px solid var(--warn); background: var(--warn-ground); }
.warnings ul { margin: 0; padding-left: 1.1rem; }
.scroll { overflow-x: auto; }
.panels { display: grid; gap: 6px; align-items: center; min-width: min-content; }
details > .scroll { margin-top: .6rem; }
.panels .name { align-self: end; padding-bottom: 2px; font-weight: 600; overflow-wrap: anywhere; }
.panels .name small { display: block; color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
.panels .plane { align-self: start; font-size: 0.87rem; }
.panels .plane small { display: block; color: var(--soft); font-size: inherit; }
.panel { position: relative; line-height: 0; }
.panel img { height: auto; }
.panel span { position: absolute; color: #fff; font-size: 0.72rem; line-height: 1; text-shadow: 0 0 3px #000, 0 0 2px #000; }
.panel .left { left: 4px; top: 50%; transform: translateY(-50%); }
.panel .top { top: 4px; left: 50%; transform: translateX(-50%); }
.scales { display: flex; flex-wrap: wrap; gap: 0.6rem 3rem; margin-top: 0.9rem; }
.scale i { display: block; width: 16rem; height: 10px; border: 1px solid var(--line); }
.scale .grey { background: linear-gradient(to right, #000, #fff); }
.scale .error { background: ${DIVERGING_CSS}; }
.scale div { display: flex; justify-content: space-between; width: 16rem; color: var(--soft); font-size: 0.8rem; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; padding-top: 0.6rem; text-align: left; }
th, td { padding: 0.35rem 0.9rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th { color: var(--soft); font-size: 0.87rem; font-weight: 500; vertical-align: bottom; }
th small { display: block; font-weight: 400; }
tbody th { color: var(--ink); font-size: inherit; white-space: normal; overflow-wrap: anywhere; min-width: 8rem; }
th:first-child { padding-left: 0; text-align: left; }
td.text { text-align: left; white-space: normal; }
.scan { display: flex; flex-wrap: wrap; gap: 1.2rem 2.4rem; align-items: flex-start; }
.scan figure { margin: 0; width: 14rem; }
.scan figure.drawing { width: 34rem; max-width: 100%; }
.scan img { width: 100%; height: auto; background: #000; image-rendering: pixelated; }
.scan .drawing img { background: none; image-rendering: auto; }
.scan figure.chart { max-width: 100%; }
.scan .chart svg { max-width: 100%; width: auto; }
#measured { max-width: 44rem; margin-top: 1.2rem; }
.scan figcaption { font-size: 0.8rem; }
td.best { font-weight: 700; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1.2rem 1.6rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.2rem 1.4rem; margin: 0 0 0.8rem; font-size: 0.9rem; }
.legend i { display: inline-block; width: 1.2rem; height: 3px; margin-right: 0.45rem; vertical-align: middle; }
.plot { display: block; width: 100%; max-width: 32rem; height: auto; font-variant-numeric: tabular-nums; }
.plot image { image-rendering: pixelated; }
pre { margin: 0; padding: 1rem 1.2rem; max-height: 36rem; overflow: auto; background: var(--panel); font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
summary { cursor: pointer; color: var(--soft); margin-bottom: 0.6rem; }
@media print { body { max-width: none; padding: 0; } pre { max-height: none; } }
`;
