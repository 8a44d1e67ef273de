/** The viewer's style sheet; colours are those of the page (--ink, --soft, --line, --panel). */
export const VIEWER_STYLE = `
.viewer-bar { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin-bottom: .8rem; }
.viewer label { display: grid; gap: 2px; color: var(--soft); font-size: .78rem; }
.viewer label output:empty { display: none; }
.viewer select, .viewer input { font: inherit; font-size: .88rem; color: var(--ink); }
.viewer select, .viewer input[type=number] {
  background: var(--panel); border: 1px solid var(--line); border-radius: 4px; padding: .2rem .35rem; max-width: 14rem;
}
.viewer input[type=number] { width: 6.5rem; }
.viewer input[type=range] { width: 100%; min-width: 4rem; margin: .2rem 0; accent-color: var(--accent, #3a86d0); }
.viewer :focus-visible { outline: 2px solid var(--accent, #3a86d0); outline-offset: 1px; }
.viewer-row { display: grid; grid-template-columns: var(--columns); gap: 10px; max-width: var(--widest); align-items: start; margin-bottom: .8rem; }
.viewer-name { grid-column: 1 / -1; margin: 0; font-weight: 600; }
.viewer-panel { margin: 0; min-width: 0; }
.viewer-panel label { grid-template-columns: auto 1fr auto; align-items: center; gap: .5rem; font-variant-numeric: tabular-nums; }
.viewer-panel figcaption { min-height: 1.4em; font-size: .78rem; font-variant-numeric: tabular-nums; color: var(--soft); overflow-wrap: anywhere; }
.viewer-frame { position: relative; line-height: 0; background: #000; }
.viewer-frame canvas { display: block; width: 100%; height: auto; cursor: crosshair; }
.viewer-frame .divider { position: absolute; top: 0; bottom: 0; width: 1px; background: #ffb454; pointer-events: none; }
.viewer-frame span { position: absolute; color: #fff; font-size: .72rem; line-height: 1; text-shadow: 0 0 3px #000, 0 0 2px #000; pointer-events: none; }
.viewer-frame .left { left: 4px; top: 50%; transform: translateY(-50%); }
.viewer-frame .top { top: 4px; left: 50%; transform: translateX(-50%); }
.viewer-frame .left.top { left: 4px; top: 3px; transform: none; }
@media (max-width: 40rem) { .viewer-row { grid-template-columns: minmax(0, 1fr); } .viewer-bar label { flex: 1 1 40%; } .viewer select { max-width: 100%; } }
@media print { .viewer { display: none; } }
`;
