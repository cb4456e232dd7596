import { describe, expect, it } from 'vitest';
import { classNamed, ocsf } from '../../../engine/validate/ocsf/schema.ts';

describe('ocsf', () => {
  const schema = ocsf();

  it('finds classes by name and by uid', () => {
    expect(schema.classByName('inventory_info')).toBe(schema.classByUid(5001));
    expect(schema.classByUid(3002)).toMatchObject({ name: 'authentication', category: 'iam' });
    expect(schema.classByUid(201001)).toMatchObject({ name: 'registry_key_activity', extension: 'win' });
    expect(schema.classByUid(5999)).toBeUndefined();
    for (const name of ['nope', 'toString', '__proto__', '']) {
      expect(schema.classByName(name)).toBeUndefined();
      expect(schema.object(name)).toBeUndefined();
      expect(schema.type(name)).toBeUndefined();
    }
  });

  it('says which attribute stands at a path, through objects and arrays', () => {
    expect(schema.attributeAt('inventory_info', ['device', 'os', 'type_id'])).toMatchObject({
      name: 'type_id',
      type: 'integer_t',
      baseType: 'integer',
      isArray: false,
      requirement: 'required',
      sibling: 'type',
    });
    expect(schema.attributeAt('inventory_info', ['device', 'os', 'type_id'])?.enum?.get(100)).toBe('Windows');
    expect(schema.attributeAt('inventory_info', ['device', 'network_interfaces', 'mac'])?.type).toBe('mac_t');
    expect(schema.attributeAt('inventory_info', ['device', 'network_interfaces'])).toMatchObject({
      baseType: 'object',
      objectType: 'network_interface',
      isArray: true,
    });
    expect(schema.attributeAt('inventory_info', ['time'])).toMatchObject({
      type: 'timestamp_t',
      baseType: 'long',
    });
    expect(schema.attributeAt('inventory_info', ['device', 'location', 'lat'])?.baseType).toBe('float');
    expect(
      schema.attributeAt('vulnerability_finding', ['vulnerabilities', 'cve', 'cvss', 'depth'])?.enum,
    ).toEqual(
      new Map([
        ['Base', 'Base'],
        ['Environmental', 'Environmental'],
        ['Temporal', 'Temporal'],
      ]),
    );
  });

  it('knows no attribute where there is none', () => {
    for (const path of [['nope'], ['device', 'nope'], ['time', 'x'], ['device', 'os', 'constructor'], []]) {
      expect(schema.attributeAt('inventory_info', path)).toBeUndefined();
    }
    expect(schema.attributeAt('nope', ['time'])).toBeUndefined();
  });

  it('takes anything below unmapped and in JSON attributes', () => {
    expect(schema.attributeAt('inventory_info', ['unmapped'])).toMatchObject({ objectType: 'object' });
    for (const path of [
      ['unmapped', 'a'],
      ['unmapped', 'a', 'b'],
      ['enrichments', 'data', 'a', 'b'],
    ]) {
      expect(schema.attributeAt('inventory_info', path)).toMatchObject({
        baseType: 'json',
        name: path.at(-1),
      });
      expect(schema.namesAt('inventory_info', path)).toEqual([]);
    }
  });

  it('names the attributes at a path, those of profiles included', () => {
    expect(schema.namesAt('inventory_info', ['device', 'os'])).toContain('type_id');
    expect(schema.namesAt('inventory_info', [])).toEqual(
      expect.arrayContaining(['device', 'cloud', 'osint']),
    );
    expect(schema.attributeAt('inventory_info', ['cloud'])?.profiles).toEqual(['cloud']);
    expect(schema.namesAt('inventory_info', ['time'])).toEqual([]);
    expect(schema.namesAt('inventory_info', ['nope'])).toEqual([]);
  });

  it('says what is deprecated', () => {
    expect(schema.classByName('config_state')?.deprecated).toBe('1.5.0');
    expect(schema.attributeAt('software_info', ['package'])?.deprecated).toBe('1.4.0');
  });

  it('refuses a version or class that it does not know', () => {
    expect(() => ocsf('9.9.9')).toThrow(expect.objectContaining({ code: 'ocsf-version-unknown' }));
    expect(() => ocsf('toString')).toThrow(expect.objectContaining({ code: 'ocsf-version-unknown' }));
    expect(() => classNamed(schema, 'inventry_info')).toThrow(/did you mean `inventory_info`/);
  });
});
