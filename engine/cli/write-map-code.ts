/** Keeps what V8 compiles for `tributary map`, at its start and on its threads: a part of `npm run build`, after `write-code.ts`. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MessageChannel } from 'node:worker_threads';
import { sharedBytes } from '../map/batches/batch-memory.ts';
import { allowLinearEngine } from '../map/compiler/linear-engine.ts';
import { Bundle } from './bundle.ts';
import type { mapWorker } from './map/map-worker.ts';
import { holdOptimiser } from './optimiser.ts';

/** A mapping and a record that need most of what mappings need. */
const MAPPING = `(
  $there := function($value) { $value in [null, ""] ? () : $value };
  $seconds := function($text) {
    $type($text) = "string" and $contains($text, /^\\d{4}-/) ? $floor($toMillis($text) / 1000)
  };
  $kind := $contains($lowercase($string($there(one.kind))), "first") ? {"type": "a", "id": 1} : {"type": "b", "id": 2};
  {
    "class_uid": 5001,
    "time": $exists($seconds(one.time)) ? $seconds(one.time) : $floor($millis() / 1000),
    "object": {
      "uid": $there(one.id),
      "type": $kind.type,
      "type_id": $kind.id,
      "name": $exists($there(one.name)) and $not($exists(two.name)) ? one.name & " (" & one.build & ")" : two.name,
      "list": [{"value": two.value, "name": "v"}, {"value": one.value, "name": "w"}][value != null and value != ""][],
      "is": $exists($there(two.kind)) ? $there(two.kind) = "second"
    }
  }
)`;
const RECORD = {
  one: {
    id: '00aa',
    kind: 'First',
    time: '2026-01-02T03:04:05.678Z',
    build: 12,
    other: [{ deep: -1.5e3 }],
    name: 'n',
    value: 'a value that is as long as most values are',
  },
  two: { kind: 'second', value: null, is: false, more: '\\u00fc \u00fc' },
};
const LINES = `${JSON.stringify(RECORD)}\n`.repeat(3);

const [part] = process.argv.slice(2);
if (part === 'start') keepStart();
else if (part === 'thread') await keepThread();
else for (const each of ['start', 'thread']) ended(each);

/** In a process of its own, because V8's flags are those of a process. */
function ended(each: string): void {
  const { status } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), each], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`the code of \`map\` (${each}) is not written: status ${status}`);
}

function keepStart(): void {
  holdOptimiser();
  const bundle = bundled('start');
  const folder = mkdtempSync(join(tmpdir(), 'tributary-build-'));
  const [mapping, records] = [join(folder, 'mapping.jsonata'), join(folder, 'records.ndjson')];
  writeFileSync(mapping, MAPPING);
  writeFileSync(records, LINES);
  process.argv.splice(2, 1, 'map', mapping, '--input', records, '--output', devNull);
  process.once('exit', () => {
    rmSync(folder, { recursive: true });
    // `map` has let the optimiser go, and V8 takes code only under the flags under which it was made.
    holdOptimiser();
    keep(bundle);
  });
  bundle.start();
}

async function keepThread(): Promise<void> {
  allowLinearEngine();
  const bundle = bundled('thread');
  const { mapWorker: run } = bundle.load('map-worker.cjs') as { mapWorker: typeof mapWorker };
  const { port1, port2 } = new MessageChannel();
  await run(port2, { path: 'mapping.jsonata', text: MAPPING });
  await once(port1, 'message');
  const lines = sharedBytes(LINES.length * 2);
  const written = lines.subarray(0, lines.write(LINES));
  port1.postMessage({ lines: written, events: sharedBytes(LINES.length * 8), now: 0 });
  await once(port1, 'message');
  port1.close();
  keep(bundle);
}

function bundled(flags: 'start' | 'thread'): Bundle {
  const bundle = Bundle.beside(import.meta.url, flags);
  if (!bundle) throw new Error('there is no bundle: run rolldown first');
  return bundle;
}

function keep(bundle: Bundle): void {
  for (const { path, code } of bundle.compiled()) writeFileSync(path, code);
}
