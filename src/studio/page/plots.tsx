import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { StepRecord } from '../../report/types.js';
import { steps } from './state.js';

/** Residual and noise level step by step, on logarithmic scales. */
export function Plots() {
  const all = steps.value;
  if (all.length < 2) return null;
  return (
    <div class="plots">
      <Plot title="residual ‖Ax − y‖ / ‖y‖" value={({ residual }) => residual} />
      {all.some(({ sigma }) => sigma !== undefined) && <Plot title="noise level σ" value={({ sigma }) => sigma} />}
    </div>
  );
}

function Plot({ title, value }: { title: string; value: (step: StepRecord) => number | undefined }) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  const all = steps.value;
  const numbers = all.map((step) => {
    const v = value(step);
    return v !== undefined && v > 0 ? v : null;
  });
  // samples begin anew: steps are counted through
  const data = [all.map((_, n) => n + 1), numbers] as uPlot.AlignedData;
  useEffect(() => {
    const root = place.current!;
    const ink = getComputedStyle(root).getPropertyValue('--soft').trim();
    const line = getComputedStyle(root).getPropertyValue('--line').trim();
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '11px system-ui' };
    const made = new uPlot(
      {
        width: root.clientWidth || 320,
        height: 150,
        scales: { x: { time: false }, y: { distr: 3 } },
        legend: { show: false },
        cursor: { show: false },
        axes: [axis, { ...axis, size: 56, values: (_, ticks) => ticks.map((v) => (v == null ? '' : String(Number(v.toPrecision(2))))) }],
        series: [{}, { stroke: '#3a86d0', width: 1.5, points: { show: false } }],
      },
      data,
      root,
    );
    chart.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: root.clientWidth || 320, height: 150 }));
    resized.observe(root);
    return () => {
      resized.disconnect();
      made.destroy();
    };
  }, []);
  useEffect(() => chart.current?.setData(data), [all]);
  const last = numbers.at(-1);
  return (
    <figure class="plot">
      <figcaption>
        {title}
        {last != null && <strong> {Number(last.toPrecision(3))}</strong>}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}, ${all.length} steps${last == null ? '' : `, now ${last.toPrecision(3)}`}`} />
    </figure>
  );
}
