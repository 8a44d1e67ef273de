import { useSignal } from '@preact/signals';
import type { Told } from '../protocol.js';
import { about, download, openAgain, said, scanFile, told, unread } from './state.js';
import { Field } from './field.js';
import { FigureView } from './figure-view.js';

interface Options {
  readonly [name: string]: string;
}

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

/** What the file that is open does not say of itself. */
export function Said() {
  const { sample, suggestions } = told.value!;
  // what could not be read has a form of its own
  return sample || unread.value ? null : <SayMore suggestions={suggestions} options={said.value} open={suggestions.length > 0} />;
}

/** What may be said of a file, whether it could be read or not. */
export function SayMore({ suggestions, options: before, open }: Pick<Told, 'suggestions'> & { options: Options; open: boolean }) {
  const known = about.value?.scanFields ?? [];
  const given = useSignal<Options>(before);
  return (
    <details class="said" open={open}>
      <summary>What the file does not say</summary>
      {suggestions.length > 0 && (
        <div>
          <p>If it is a scan, say so:</p>
          <ul>
            {suggestions.map(({ what, options }) => (
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
