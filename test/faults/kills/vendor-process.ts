/** The vendor in a process of its own, and beside us a twin of it that is never asked over the network: the truth. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FaultRule } from '../../../engine/simulate/faults/fault.ts';
import { type RunningSimulator, startSimulator } from '../../../engine/simulate/index.ts';
import type { Json } from './history.ts';
import { CONNECTOR, writeTenantHome } from './tenant-home.ts';

const SCALE = { machines: 45, alerts: 35, cves: 40, vulnerabilities: 2, products: 8 };

export interface VendorOptions {
  main: string;
  home: string;
  seed: number;
  /** The vendor's time when it starts, ISO 8601. */
  now: string;
}

interface Said {
  origin: string;
  settings: Record<string, string>;
  secrets: Record<string, string>;
}

export class VendorProcess {
  readonly #options: VendorOptions;
  readonly #twin: RunningSimulator;
  #child: ChildProcess | undefined;
  #said: Said = { origin: '', settings: {}, secrets: {} };
  /** Steps that the tenant has moved on. */
  epoch = 0;

  private constructor(options: VendorOptions, twin: RunningSimulator) {
    this.#options = options;
    this.#twin = twin;
  }

  static async start(options: VendorOptions, faults: readonly FaultRule[]): Promise<VendorProcess> {
    const definition = writeTenantHome(options.home);
    const { seed, now } = options;
    const vendor = new VendorProcess(options, await startSimulator(definition, { seed, now, scale: SCALE }));
    await vendor.#listen(faults, 0);
    return vendor;
  }

  /** Arguments and environment with which `run` reaches it. */
  get reach(): { args: string[]; env: Record<string, string> } {
    const { settings, secrets } = this.#said;
    return {
      args: [
        ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
        ...Object.keys(secrets).flatMap((key) => ['--secret', `${key}=env:KILLS_${key}`]),
      ],
      env: Object.fromEntries(Object.entries(secrets).map(([key, value]) => [`KILLS_${key}`, value])),
    };
  }

  /** Every record of a collection, as the vendor shows it now. */
  records(collection: string): Json[] {
    return [...this.#twin.records(collection)];
  }

  /** @param onStep told after each step: lists of changes tell what was only for a moment, too */
  async advance(steps: number, onStep: () => void): Promise<void> {
    await this.#advanceChild(steps);
    for (let step = 0; step < steps; step++) {
      this.#twin.advance();
      this.epoch++;
      onStep();
    }
  }

  /** The same vendor at the same address and step, with other faults. */
  async restart(faults: readonly FaultRule[]): Promise<void> {
    const port = Number(new URL(this.#said.origin).port);
    await this.#end();
    await this.#listen(faults, port);
    if (this.epoch > 0) await this.#advanceChild(this.epoch);
  }

  async close(): Promise<void> {
    await Promise.all([this.#end(), this.#twin.close()]);
  }

  async #listen(faults: readonly FaultRule[], port: number): Promise<void> {
    const { main, home, seed, now } = this.#options;
    const file = join(home, 'faults.yaml');
    writeFileSync(file, JSON.stringify({ faults }));
    const scales = Object.entries(SCALE).flatMap(([name, count]) => ['--scale', `${name}=${count}`]);
    const rest = ['--seed', String(seed), '--now', now, '--port', String(port), '--faults', file, ...scales];
    const child = spawn(process.execPath, [main, 'simulate', CONNECTOR, ...rest], {
      cwd: home,
      // What it says to people is not for us. Its channel: when we are gone, so is it.
      stdio: ['ignore', 'pipe', 'ignore', 'ipc'],
    });
    child.on('error', () => {});
    this.#child = child;
    if (!child.stdout) throw new Error('the simulator has no output');
    for await (const line of createInterface({ input: child.stdout })) {
      this.#said = JSON.parse(line);
      return;
    }
    throw new Error('the simulator did not start');
  }

  async #advanceChild(steps: number): Promise<void> {
    const body = new URLSearchParams({ steps: String(steps) });
    const answer = await fetch(`${this.#said.origin}/_simulator/advance`, { method: 'POST', body });
    if (!answer.ok) throw new Error(`the simulator does not move on: ${answer.status}`);
    await answer.text();
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}
