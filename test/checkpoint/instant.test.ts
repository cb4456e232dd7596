import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addMilliseconds, formatInstant, parseInstant } from '../../engine/checkpoint/instant.ts';

const FIRST = -62_135_596_800_000_000_000n;
const LAST = 253_402_300_799_999_999_999n;
const instants = fc.bigInt({ min: FIRST, max: LAST });

describe('parseInstant', () => {
  it('counts nanoseconds from the epoch', () => {
    expect(parseInstant('1970-01-01T00:00:00Z')).toBe(0n);
    expect(parseInstant('1970-01-01T00:00:01.000000001Z')).toBe(1_000_000_001n);
    expect(parseInstant('1969-12-31T23:59:59.999999999Z')).toBe(-1n);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('reads %i fraction digits', (digits) => {
    const fraction = digits === 0 ? '' : `.${'123456789'.slice(0, digits)}`;
    const expected = BigInt('123456789'.slice(0, digits).padEnd(9, '0'));
    expect(parseInstant(`1970-01-01T00:00:00${fraction}Z`)).toBe(expected);
  });

  it('reads offsets as minutes east of UTC', () => {
    const noon = parseInstant('2024-05-06T12:00:00Z');
    expect(parseInstant('2024-05-06T14:00:00+02:00')).toBe(noon);
    expect(parseInstant('2024-05-06T06:30:00-05:30')).toBe(noon);
    expect(parseInstant('2024-05-06T12:00:00-00:00')).toBe(noon);
    expect(parseInstant('2024-05-07T11:59:00+23:59')).toBe(noon);
  });

  it('knows the years 0001 and 9999', () => {
    expect(parseInstant('0001-01-01T00:00:00Z')).toBe(FIRST);
    expect(parseInstant('9999-12-31T23:59:59.999999999Z')).toBe(LAST);
    expect(parseInstant('0099-01-01T00:00:00Z')).toBe(
      BigInt(Date.parse('0099-01-01T00:00:00Z')) * 1_000_000n,
    );
  });

  it.each(['2024-02-29', '2000-02-29', '2023-12-31'])('knows the day %s', (day) => {
    expect(parseInstant(`${day}T00:00:00Z`)).toBe(BigInt(Date.parse(day)) * 1_000_000n);
  });

  it.each([
    '2023-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2024-02-30T00:00:00Z',
    '2024-04-31T00:00:00Z',
    '2024-00-01T00:00:00Z',
    '2024-13-01T00:00:00Z',
    '2024-01-00T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:60:00Z',
    '2016-12-31T23:59:60Z',
    '2024-01-01T00:00:00+24:00',
    '2024-01-01T00:00:00+01:60',
    '2024-01-01T00:00:00+0100',
    '2024-01-01T00:00:00',
    '2024-01-01T00:00Z',
    '2024-01-01',
    '2024-01-01 00:00:00Z',
    '2024-01-01T00:00:00.Z',
    '2024-01-01T00:00:00.1234567890Z',
    '12024-01-01T00:00:00Z',
    ' 2024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z\n',
    '',
    null,
    undefined,
    1_700_000_000,
    {},
  ])('does not know %j', (value) => {
    expect(parseInstant(value)).toBeUndefined();
  });

  it('agrees with Date on every millisecond that both know', () => {
    const range = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
    fc.assert(
      fc.property(fc.date({ ...range, noInvalidDate: true }), (date) => {
        expect(parseInstant(date.toISOString())).toBe(BigInt(date.getTime()) * 1_000_000n);
      }),
    );
  });
});

describe('formatInstant', () => {
  it('reads back to the same instant with nine digits', () => {
    fc.assert(fc.property(instants, (instant) => parseInstant(formatInstant(instant, 9)) === instant));
  });

  it('rounds down to the digits asked for, before the epoch too', () => {
    expect(formatInstant(1_999_999_999n)).toBe('1970-01-01T00:00:01Z');
    expect(formatInstant(-1n)).toBe('1969-12-31T23:59:59Z');
    expect(formatInstant(-1n, 3)).toBe('1969-12-31T23:59:59.999Z');
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 9 }), (instant, digits) => {
        const lost = instant - (parseInstant(formatInstant(instant, digits)) ?? LAST);
        expect(lost >= 0n && lost < 10n ** BigInt(9 - digits)).toBe(true);
      }),
    );
  });

  it('stays inside the years that RFC 3339 can write', () => {
    expect(formatInstant(addMilliseconds(FIRST, -1))).toBe('0001-01-01T00:00:00Z');
    expect(formatInstant(parseInstant('9999-12-31T23:59:59-08:00') ?? 0n)).toBe('9999-12-31T23:59:59Z');
  });
});

it('addMilliseconds moves both ways and rounds fractions down', () => {
  expect(addMilliseconds(5n, 2)).toBe(2_000_005n);
  expect(addMilliseconds(5n, -2)).toBe(-1_999_995n);
  expect(addMilliseconds(0n, -0.5)).toBe(-1_000_000n);
});
