/** Runs a command from the bundle and keeps what V8 has compiled for it, for the starts to come: a part of `npm run build`. */
import { writeFileSync } from 'node:fs';
import { Bundle } from './bundle.ts';
import { holdOptimiser } from './optimiser.ts';

holdOptimiser();
const bundle = Bundle.beside(import.meta.url);
if (!bundle) throw new Error('there is no bundle: run rolldown first');
process.once('exit', () => {
  // The optimiser may have been let go since, and V8 takes code only under the flags under which it was made.
  holdOptimiser();
  for (const { path, code } of bundle.compiled()) writeFileSync(path, code);
});
bundle.start();
