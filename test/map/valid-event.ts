/** A mapping under test: maps an input and expects what every event must be. */
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { SourceText } from '../../engine/definition/source.ts';
import { compileMapping } from '../../engine/map/evaluate.ts';
import { createValidator } from '../../engine/validate/validate.ts';

export type Json = Record<string, unknown>;

/** The fetch time of all events in these tests. */
export const NOW = Date.UTC(2026, 10, 22, 12, 0, 0, 987);

const validator = createValidator();

/**
 * A function that maps an input and gives the event, after expecting that it is valid, holds no null and nothing
 * empty, no date that stands for never, and that the input was left alone.
 */
export function validEvents<Event>(file: string): (input: Json) => Promise<Event> {
  const { mapping } = compileMapping(new SourceText(file, readFileSync(file, 'utf8')));
  if (!mapping) throw new Error(`${file} does not parse`);
  return async (input) => {
    const before = JSON.stringify(input);
    const event = await mapping.evaluate(input, NOW);
    const text = JSON.stringify(event);
    expect(validator.validateText(text), before).toEqual([]);
    expect(emptyPlaces(event), before).toEqual([]);
    expect(text, before).not.toMatch(/0001-01-01T|9999-12-31T/);
    expect(JSON.stringify(input)).toBe(before);
    return event as Event;
  };
}

/** Paths of nulls, empty texts, empty lists and empty objects. */
function emptyPlaces(value: unknown, path = '$'): string[] {
  if (value === null || value === undefined || value === '') return [path];
  if (typeof value !== 'object') return [];
  const entries = Object.entries(value);
  return entries.length === 0
    ? [path]
    : entries.flatMap(([key, child]) => emptyPlaces(child, `${path}.${key}`));
}
