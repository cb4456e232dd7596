/** Lets V8 run regular expressions in linear time: those that went back 50,000 times, and those with the flag `l`. */
import { setFlagsFromString } from 'node:v8';

/**
 * V8 takes compiled code only under the flags under which it was made, so the command line says this before it loads any
 * (`engine/cli/optimiser.ts`).
 */
export function allowLinearEngine(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
  setFlagsFromString('--enable-experimental-regexp-engine');
}
