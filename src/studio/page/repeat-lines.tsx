import { useSignal } from '@preact/signals';
import { commandLine, script } from '../repeat.js';
import { about, fields, results, said, told, wish } from './state.js';

/** The line and the program that do the same. */
export function Repeat() {
  const asScript = useSignal(false);
  const copied = useSignal(false);
  const { name } = told.value!;
  const extension = results.value.at(-1)?.formats[0].extension ?? '.nii.gz';
  const given = {
    ...{ file: name, said: said.value, wish: wish.value, fields: fields.value, scanFields: about.value?.scanFields ?? [] },
    output: `out${extension}`,
  };
  const text = asScript.value ? script(given) : commandLine(given);
  return (
    <section class="repeat" aria-labelledby="repeat-title">
      <h2 id="repeat-title">The same again</h2>
      <div class="buttons" role="group" aria-label="As what">
        <button type="button" aria-pressed={!asScript.value} onClick={() => (asScript.value = false)}>
          command line
        </button>
        <button type="button" aria-pressed={asScript.value} onClick={() => (asScript.value = true)}>
          script
        </button>
        <button
          type="button"
          onClick={() => {
            void navigator.clipboard?.writeText(text).then(() => {
              copied.value = true;
              setTimeout(() => (copied.value = false), 1500);
            });
          }}
        >
          {copied.value ? 'copied' : 'copy'}
        </button>
      </div>
      <pre tabindex={0}>{text}</pre>
    </section>
  );
}
