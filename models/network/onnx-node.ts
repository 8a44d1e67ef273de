import { SlicewiseError } from '../../core/errors.js';
import type { OnnxRuntime } from './onnx-session.js';

/** ONNX Runtime of Node. @throws SlicewiseError RUNTIME_MISSING where it is not installed or cannot start */
export const nodeRuntime = (): Promise<OnnxRuntime> =>
  import('onnxruntime-node').catch((cause: unknown) => {
    throw new SlicewiseError('RUNTIME_MISSING', {
      message: 'learned priors need ONNX Runtime, which is not installed or cannot start here',
      hint:
        'run `ONNXRUNTIME_NODE_INSTALL=skip npm install onnxruntime-node`, or use a method without a prior (admm-tv, sirt, ' + 'cgls, fbp)',
      cause,
    });
  });
