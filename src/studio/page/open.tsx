import { useSignal } from '@preact/signals';
import { about, openFiles, openSample, told } from './state.js';

/** Where files are dropped or chosen, and samples taken. */
export function Open() {
  const over = useSignal(false);
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    over.value = false;
    void filesOf(event.dataTransfer).then((files) => (files.length > 0 ? openFiles(files) : undefined));
  };
  return (
    <section class={`open${told.value ? ' small' : ''}`} aria-label="Open a scan">
      <div
        class={`drop${over.value ? ' over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          over.value = true;
        }}
        onDragLeave={() => (over.value = false)}
        onDrop={drop}
      >
        <p>
          <strong>Drop a scan here</strong>, or{' '}
          <label class="choose">
            choose files
            <input
              type="file"
              multiple
              class="hidden"
              onChange={(event) => {
                const files = [...(event.currentTarget.files ?? [])];
                event.currentTarget.value = '';
                if (files.length > 0) void openFiles(files);
              }}
            />
          </label>
        </p>
        <p class="soft">{about.value ? about.value.extensions.join(' ') : '…'}</p>
      </div>
      <div class="samples">
        <p class="soft" id="samples-title">
          No scan at hand? Take a sample:
        </p>
        <div role="group" aria-labelledby="samples-title">
          {about.value?.samples.map(({ name, title, words }) => (
            <button key={name} type="button" onClick={() => void openSample(name)}>
              <strong>{title}</strong> <span>{words}</span>
            </button>
          ))}
        </div>
      </div>
    </section>
  );
}

/** All files that were dropped; of a folder those in it. */
async function filesOf(given: DataTransfer | null): Promise<File[]> {
  const entries = [...(given?.items ?? [])].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.some((entry) => entry.isDirectory)) return [...(given?.files ?? [])];
  const read = async (entry: FileSystemEntry): Promise<File[]> => {
    if (entry.isFile) return [await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))];
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    const found: File[] = [];
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
      if (some.length === 0) return found;
      for (const one of some) found.push(...(await read(one)));
    }
  };
  return (await Promise.all(entries.map(read))).flat();
}
