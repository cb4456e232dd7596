/** What a thread runs that maps the records of a lane: it makes lines of events as the lane does. */
import { parentPort, workerData } from 'node:worker_threads';
import { SourceText } from '../definition/source.ts';
import { serveBatches } from '../map/batches/serve-batches.ts';
import { compileMapping } from '../map/evaluate.ts';
import { LineMapper } from '../map/line-mapper.ts';
import { eventForm } from './event-form.ts';
import type { EventJob } from './start-event-thread.ts';

const { file, text, classNames } = workerData as EventJob;
const { mapping } = compileMapping(new SourceText(file, text));
// The lane has compiled the same.
if (!mapping) throw new Error(`\`${file}\` does not parse`);
if (parentPort)
  serveBatches(parentPort, new LineMapper(mapping, classNames && eventForm(classNames, mapping)));
