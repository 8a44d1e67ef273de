import { Presets, SingleBar } from 'cli-progress';
import type { ReconstructionStep } from '../engine/reconstruct.js';
import type { Terminal } from './command.js';
import { duration } from './text.js';

/** Seconds and share of the run between two plain lines. */
const QUIET_SECONDS = 30;
const QUIET_SHARE = 0.1;

export interface ProgressView {
  step(step: ReconstructionStep): void;
  end(): void;
}

const NOTE_SECONDS = 10;

/** A line now and then in work of many equal parts that takes long. */
export function slowNotes(terminal: Terminal, what: string): (done: number, total: number) => void {
  const started = performance.now();
  let printed = started;
  return (done, total) => {
    const now = performance.now();
    if (now - printed < 1000 * NOTE_SECONDS || done === total) return;
    printed = now;
    const left = duration((((now - started) / 1000) * (total - done)) / done);
    terminal.note(`${what} ${done}/${total}, ${left} left`);
  };
}

/** Steps, σ, residual and time left: a bar where a person watches, a line now and then otherwise. */
export function showProgress(terminal: Terminal, method: string): ProgressView {
  const started = performance.now();
  let bar: SingleBar | undefined;
  let phase = '';
  let phaseBegan = started;
  let first = 0;
  let printed = { share: 0, at: started };

  return {
    step(step) {
      const now = performance.now();
      const name =
        step.phase === 'start' ? 'classical image to start from' : step.samples > 1 ? `${method} ${step.sample}/${step.samples}` : method;
      const total = step.phase === 'start' ? step.steps : step.steps * step.samples;
      const done = step.phase === 'start' ? step.step : (step.sample - 1) * step.steps + step.step;
      if (step.phase !== phase) {
        bar?.stop();
        bar = terminal.interactive ? newBar(total) : undefined;
        phase = step.phase;
        phaseBegan = now - step.seconds * 1000;
        first = done - 1; // a resumed run does not begin at 0
        printed = { share: 0, at: now };
      }
      const left = ((now - phaseBegan) / 1000 / (done - first)) * (total - done);
      const facts = [
        step.sigma === undefined ? '' : `σ ${step.sigma.toPrecision(3)}`,
        step.residual === undefined ? '' : `residual ${step.residual.toPrecision(3)}`,
      ].filter(Boolean);
      if (bar) {
        bar.update(done, { name, facts: facts.join('  '), left: duration(left) });
        return;
      }
      const share = done / total;
      const due = share - printed.share >= QUIET_SHARE || now - printed.at >= QUIET_SECONDS * 1000;
      if (done > first + 1 && done < total && !due) return;
      printed = { share, at: now };
      const end = done === total ? `${duration((now - phaseBegan) / 1000)} in all` : `${duration(left)} left`;
      terminal.note([`${name}: step ${done}/${total}`, ...facts, end].join(', '));
    },
    end() {
      bar?.stop();
    },
  };
}

function newBar(total: number): SingleBar {
  const bar = new SingleBar(
    {
      format: '{name} {bar} {value}/{total}  {facts}  {left} left',
      stream: process.stderr,
      barsize: 24,
      hideCursor: false,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0, { name: '', facts: '', left: '–' });
  return bar;
}
