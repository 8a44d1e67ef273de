import './no-eval.js';
import { render } from 'preact';
import { VIEWER_STYLE } from '../../report/viewer/style.js';
import { App } from './app.js';
import { begin } from './state.js';
import 'uplot/dist/uPlot.min.css';
import './style.css';

const style = document.createElement('style');
style.textContent = VIEWER_STYLE;
document.head.append(style);
render(<App />, document.getElementById('studio')!);
void begin();
