/** What goes wrong at the vendor while runs are killed. */
import type { FaultRule } from '../../../engine/simulate/faults/fault.ts';

/** Lists that no other is joined with: a record of theirs that comes without its key changes nothing but itself. */
const JOINED_BY_NONE = ['alerts', 'software_vulnerabilities'];

/**
 * A record that comes without its key in every scan: it belongs into the dead letters, every time. Not of a list that tells what is
 * gone: one that is never whole proves nothing.
 */
export const ALWAYS: FaultRule[] = [{ on: 'alerts', pages: [2], fault: { type: 'broken_record', nth: 3 } }];

const LISTS = ['machines', 'managed_devices', 'alerts', 'software_vulnerabilities', 'vulnerabilities'];

/** Seldom enough that most runs write something, often enough that most runs meet one. */
export const FAULTY: FaultRule[] = [
  ...ALWAYS,
  { on: '*', rate: 0.004, fault: { type: 'status', status: 429, retry_after: 0 } },
  { on: '*', rate: 0.004, fault: { type: 'status', status: 500 } },
  { on: '*', rate: 0.002, fault: { type: 'html' } },
  { on: '*', rate: 0.004, fault: { type: 'reset' } },
  { on: '*', rate: 0.004, fault: { type: 'truncate_body', after_bytes: 700 } },
  { on: '*', rate: 0.05, fault: { type: 'slow', for: '30ms' } },
  { on: '*', rate: 0.02, fault: { type: 'drip', bytes: 4_000, every: '1ms' } },
  ...LISTS.flatMap((on): FaultRule[] => [
    { on, rate: 0.003, fault: { type: 'truncate_json', keep: 0.8 } },
    { on, rate: 0.01, fault: { type: 'expire_token' } },
    { on, rate: 0.02, fault: { type: 'short_page', keep: 4 } },
    { on, rate: 0.02, fault: { type: 'duplicate_record' } },
    { on, rate: 0.02, fault: { type: 'extra_page' } },
  ]),
  ...JOINED_BY_NONE.map((on): FaultRule => ({ on, rate: 0.02, fault: { type: 'broken_record', nth: 2 } })),
];
