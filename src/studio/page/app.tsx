import { Data } from './data.js';
import { Facts, Figures, Said, SayMore } from './facts.js';
import { Open } from './open.js';
import { Repeat } from './repeat-lines.js';
import { Results } from './results.js';
import { Method, Progress } from './run.js';
import { about, busy, connect, engineName, engineNote, engines, problem, results, told, unread, type EngineName } from './state.js';
import { VolumeView } from './volume-view.js';

const ENGINES: { readonly [name in EngineName]: string } = {
  server: 'Node on this computer',
  webgpu: 'GPU, in this page',
  cpu: 'processor, in this page',
};

/** The whole page. */
export function App() {
  const read = told.value;
  return (
    <>
      <header class="top">
        <h1>slicewise studio</h1>
        <Engine />
      </header>
      <main>
        {!read && <p class="lead">From a scan to a volume: see what was measured, choose a method, watch it work, save the result.</p>}
        <Open />
        <div role="status" class="status">
          {busy.value && <p class="busy">{busy.value} …</p>}
        </div>
        <div role="alert">{problem.value && <p class="problem">{problem.value}</p>}</div>
        {unread.value && <SayMore key={unread.value.files[0].name} suggestions={[]} options={unread.value.options} open={false} />}
        {read && (
          <>
            <section aria-labelledby="scan-title">
              <h2 id="scan-title">{read.what === 'scan' ? 'The scan' : 'A volume'}</h2>
              <div class="columns">
                <div>
                  <Facts />
                  <Said />
                </div>
                <div class="pictures">
                  <Data />
                  <Figures />
                </div>
              </div>
              {read.volume && <VolumeView volumes={[{ name: read.name, volume: read.volume }]} />}
            </section>
            {read.what === 'scan' && (
              <>
                <section aria-labelledby="method-title">
                  <h2 id="method-title">Reconstruct</h2>
                  <div class="columns">
                    <Method />
                    <Progress />
                  </div>
                </section>
                {results.value.length > 0 && <Results />}
                <Repeat />
              </>
            )}
          </>
        )}
      </main>
      <footer>
        {about.value && (
          <p>
            slicewise {about.value.version}. Computes on {about.value.engine}.{' '}
            {engineName.value === 'server' ? 'Files go to the server on this computer, and nowhere else.' : 'Nothing is uploaded.'}{' '}
            {engineName.value !== 'server' && engineNote.value}
          </p>
        )}
      </footer>
    </>
  );
}

function Engine() {
  if (engines.value.length < 2) return null;
  return (
    <label class="engine">
      <span>computes on</span>
      <select value={engineName.value} onChange={(event) => void connect(event.currentTarget.value as EngineName)}>
        {engines.value.map((name) => (
          <option key={name} value={name}>
            {ENGINES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}
