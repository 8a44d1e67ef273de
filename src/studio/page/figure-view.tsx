import { useMemo } from 'preact/hooks';
import type { Figure } from '../../report/types.js';

/** A picture that a modality made. */
export function FigureView({ figure }: { figure: Figure }) {
  const { alt, caption, width, height } = figure;
  const url = useMemo(() => {
    if ('png' in figure) return URL.createObjectURL(new Blob([figure.png as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
    return 'svg' in figure ? `data:image/svg+xml,${encodeURIComponent(figure.svg)}` : undefined;
  }, [figure]);
  return (
    <figure class={'svg' in figure ? 'drawing' : 'chart' in figure ? 'chart' : ''}>
      {url ? (
        <img src={url} alt={alt} width={width} height={height} />
      ) : (
        <div role="img" aria-label={alt} dangerouslySetInnerHTML={{ __html: 'chart' in figure ? figure.chart : '' }} />
      )}
      <figcaption>{caption}</figcaption>
    </figure>
  );
}
