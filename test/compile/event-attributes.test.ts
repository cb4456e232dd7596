import { describe, expect, it } from 'vitest';
import { eventAttributes } from '../../engine/compile/event-attributes.ts';

describe('eventAttributes', () => {
  const attributes = eventAttributes(['inventory_info']);

  it('tells the type of an attribute, and whether it is a list or an object', () => {
    expect(attributes?.lookup(['class_uid'])).toEqual({ type: 'integer_t', isArray: false, isObject: false });
    expect(attributes?.lookup(['device', 'os'])).toMatchObject({ isObject: true, isArray: false });
    expect(attributes?.lookup(['device', 'network_interfaces'])).toMatchObject({
      isObject: true,
      isArray: true,
    });
    expect(attributes?.lookup(['device', 'nope'])).toBeUndefined();
  });

  it('names the attributes of an object', () => {
    expect(attributes?.names(['device', 'os'])).toContain('type_id');
    expect(attributes?.names([])).toContain('enrichments');
  });

  it('is undefined for a class that OCSF has not', () => {
    expect(eventAttributes(['nope'])).toBeUndefined();
    expect(eventAttributes(['constructor'])).toBeUndefined();
  });
});
