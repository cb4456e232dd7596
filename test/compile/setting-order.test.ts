import { describe, expect, it } from 'vitest';
import { settingOrder } from '../../engine/compile/setting-order.ts';

describe('settingOrder', () => {
  it('puts each setting after those that its default uses', () => {
    const settings = {
      c: { default: '${settings.b}/${settings.a}' },
      b: { default: 'x${$uppercase(settings.a)}' },
      a: {},
    };
    expect(settingOrder(settings)).toEqual({ order: ['a', 'b', 'c'] });
  });

  it('keeps the order of the file where nothing is used', () => {
    expect(settingOrder({ b: {}, a: { default: 1 }, c: { default: 'settings.b' } })).toEqual({
      order: ['b', 'a', 'c'],
    });
  });

  it('gives the chain of a cycle, without what leads to it', () => {
    const settings = {
      a: { default: '${settings.b}' },
      b: { default: '${settings.c}' },
      c: { default: '${settings.b}' },
    };
    expect(settingOrder(settings)).toEqual({ cycle: ['b', 'c', 'b'] });
  });

  it('passes over what is not there and what does not parse', () => {
    expect(
      settingOrder({ a: { default: '${settings.nope} ${' }, b: { default: '${settings.toString}' } }),
    ).toEqual({
      order: ['a', 'b'],
    });
  });
});
