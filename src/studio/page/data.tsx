import { useEffect, useRef } from 'preact/hooks';
import { data, lookAtData } from './state.js';

/** What was measured, an image at a time: sinogram, k-space, traces, a band. */
export function Data() {
  const image = data.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context || !image) return;
    const { values, width, height, low, high } = image;
    const pixels = context.createImageData(width, height);
    values.forEach((value, n) => {
      const grey = (255 * (value - low)) / (high - low);
      pixels.data.set([grey, grey, grey, 255], 4 * n);
    });
    context.putImageData(pixels, 0, 0);
  }, [image]);
  if (!image) return null;
  const { width, height, across, down, index, count, along, logarithm } = image;
  const title = `${down} × ${across}${logarithm ? ', logarithm of the magnitude' : ''}`;
  return (
    <figure class="measured">
      <canvas
        ref={canvas}
        width={width}
        height={height}
        style={{ aspectRatio: String(Math.min(2.2, Math.max(0.8, width / height))) }}
        role="img"
        aria-label={`Data as measured: ${title}`}
      />
      <figcaption>
        Data as measured: {title}
        {count > 1 && (
          <label class="slide">
            <span>{along}</span>
            <input
              type="range"
              min={0}
              max={count - 1}
              value={index}
              onInput={(event) => void lookAtData(Number(event.currentTarget.value))}
            />
            <output>
              {index + 1} of {count}
            </output>
          </label>
        )}
      </figcaption>
    </figure>
  );
}
