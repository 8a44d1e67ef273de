import { useSignal } from '@preact/signals';
import { about, download, openAgain, said, scanFile, told } from './state.js';
import { Field } from './field.js';
import { FigureView } from './figure-view.js';

/** What `slicewise info` says. */
export function Facts() {
  const { rows, warnings, line } = told.value!;
  return (
    <>
      {warnings.length > 0 && (
        <ul class="warnings" aria-label="Warnings">
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      )}
      <table class="facts">
        <tbody>
          {rows.map(([name, text], n) => (
            <tr key={n}>
              <th scope="row">{name}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {told.value!.what === 'scan' && (
        <p>
          <button
            type="button"
            onClick={() =>
              void scanFile().then(({ name, bytes }) => {
                download(name, bytes);
              })
            }
          >
            Save the scan (.h5)
          </button>
          {line && <span class="soft"> or make it: slicewise {line}</span>}
        </p>
      )}
    </>
  );
}

/** Pictures that the modality has of the scan. */
export function Figures() {
  return (
    <>
      {told.value!.figures.map((figure, n) => (
        <FigureView key={n} figure={figure} />
      ))}
    </>
  );
}

/** What the file does not say of itself. */
export function Said() {
  const read = told.value!;
  const known = about.value?.scanFields ?? [];
  const given = useSignal<{ readonly [name: string]: string }>(said.value);
  if (read.sample) return null;
  return (
    <details class="said" open={read.suggestions.length > 0}>
      <summary>What the file does not say</summary>
      {read.suggestions.length > 0 && (
        <div>
          <p>If it is a scan, say so:</p>
          <ul>
            {read.suggestions.map(({ what, options }) => (
              <li key={what}>
                {what}: <code>{options}</code>{' '}
                <button type="button" onClick={() => void openAgain(optionsOf(options, known))}>
                  take this
                </button>
              </li>
            ))}
          </ul>
        </div>
      )}
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          void openAgain(given.value);
        }}
      >
        {known.map((field) => (
          <Field
            key={field.name}
            field={field}
            value={given.value[field.name] ?? ''}
            onChange={(value) => (given.value = { ...given.value, [field.name]: String(value) })}
          />
        ))}
        <button type="submit">Read again</button>
      </form>
    </details>
  );
}

/** Flags of the command line as fields: '--geometry fan --angles 0:180:1'. */
function optionsOf(flags: string, known: readonly { readonly name: string; readonly flag: string; readonly type: string }[]) {
  const words = flags.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
  const options: { [name: string]: string } = {};
  words.forEach((word, n) => {
    if (!word.startsWith('--')) return;
    const [flag, joined] = word.slice(2).split(/=(.*)/s);
    const field = known.find((f) => f.flag === flag);
    if (field) options[field.name] = field.type === 'boolean' ? 'true' : (joined ?? words[n + 1] ?? '');
  });
  return options;
}
