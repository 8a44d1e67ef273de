import { useId } from 'preact/hooks';
import type { FormField } from '../protocol.js';

interface FieldProps {
  readonly field: FormField;
  readonly value: string | boolean;
  readonly onChange: (value: string | boolean) => void;
  readonly disabled?: boolean;
}

/** One option: its name on the command line, a control by its type, its words. */
export function Field({ field, value, onChange, disabled }: FieldProps) {
  const id = useId();
  const { flag, type, choices, fallback = '', words } = field;
  const common = { id, disabled, 'aria-describedby': `${id}-words` };
  const control =
    type === 'boolean' ? (
      <input
        {...common}
        type="checkbox"
        checked={value === '' ? fallback === 'true' : value === true || value === 'true'}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    ) : type === 'choice' ? (
      <select {...common} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">{fallback === '' ? 'by itself' : fallback}</option>
        {choices
          .filter((choice) => choice !== fallback)
          .map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
      </select>
    ) : (
      <input
        {...common}
        type="text"
        inputMode={type === 'number' ? 'decimal' : 'text'}
        value={String(value)}
        placeholder={fallback === '' ? (choices.length > 0 ? choices.join(' | ') : 'by itself') : fallback}
        autocomplete="off"
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value.trim())}
      />
    );
  return (
    <div class={`field ${type}`}>
      <label for={id}>{flag.replaceAll('-', ' ')}</label>
      {control}
      <p id={`${id}-words`} class="soft">
        {words}
      </p>
    </div>
  );
}
