#!/usr/bin/env node
/** Starts the command line: from its bundle where the build has made one, else from the modules. */
import { Bundle } from './bundle.ts';
import { holdOptimiser } from './optimiser.ts';

// First, because V8 takes compiled code only under the flags under which it was made.
holdOptimiser();

const bundle = Bundle.beside(import.meta.url);
if (bundle) bundle.start();
else await import('./program.ts');
