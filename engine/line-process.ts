/** A program of our own in a process of its own, as a port: it is told lines, and says a line to each. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface LineProcess {
  /**
   * Tells it a line, without its line feed, and gives what it says to that.
   * @throws Error when the process ends before
   */
  ask(line: string): Promise<string>;
  /** Ends it at once, whatever it does. */
  kill(): void;
}

/** @param heapMb memory of its JavaScript: a process that needs more is ended by V8 */
export type StartProcess = (script: URL, heapMb: number) => LineProcess;

/**
 * Starts the script with nothing of this process: no variables, no open files but its two pipes, no folder, and where Node can
 * refuse them no other files and no processes.
 */
export const startProcess: StartProcess = (script, heapMb) => {
  const path = fileURLToPath(script);
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMb}`, ...confined(path), path], {
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  let ended: Error | undefined;
  const end = (error: Error) => {
    ended ??= error;
    for (const { reject } of waiting.splice(0)) reject(ended);
  };
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(line));
  child.on('error', end);
  child.on('exit', (code, signal) => end(new Error(`it ended with ${signal ?? `code ${code}`}`)));
  // What cannot be told to it any more is told by its end.
  child.stdin.on('error', () => {});
  return {
    ask: (line) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        waiting.push({ resolve, reject });
        child.stdin.write(`${line}\n`);
      }),
    kill: () => child.kill('SIGKILL'),
  };
};

/** Node's permission model: the name of its switch changed when it became stable. */
function confined(script: string): string[] {
  const known = ['--permission', '--experimental-permission'];
  const switched = known.find((name) => process.allowedNodeEnvironmentFlags.has(name));
  return switched ? [switched, `--allow-fs-read=${dirname(script)}/*`] : [];
}
