/** `npm run test:kills -- --kills 1000 --seed 1`: real runs of real processes, killed for real, and nothing may be lost or come twice. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { figuresText } from './figures.ts';
import { killTenants } from './kill-tenants.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    /** Another build than that of this directory. */
    main: { type: 'string', default: 'dist/engine/cli/main.js' },
  },
});

const controller = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());

const [kills, seed] = [Number(values.kills), Number(values.seed)];
const { figures, seconds } = await killTenants({
  main: resolve(values.main),
  kills,
  seed,
  signal: controller.signal,
  onProgress: (text) => process.stderr.write(`${text}\n`),
});
process.stdout.write(`${figuresText(figures, seconds)}\n`);
const isBroken = figures.breaks.length > 0 || figures.kills < kills;
process.stdout.write(
  isBroken ? `broken: repeat with --kills ${kills} --seed ${seed}\n` : 'nothing lost, nothing twice\n',
);
process.exitCode = isBroken ? 1 : 0;
