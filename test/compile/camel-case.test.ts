import { expect, test } from 'vitest';
import { camelCased } from '../../engine/compile/camel-case.ts';

test.each([
  ['DeviceId', 'deviceId'],
  ['OSPlatform', 'osPlatform'],
  ['OSVersion', 'osVersion'],
  ['Id', 'id'],
  ['ID', 'id'],
  ['CvssScore', 'cvssScore'],
  ['CveBatchUrl', 'cveBatchUrl'],
  ['X', 'x'],
  ['already', 'already'],
  ['osPlatform', 'osPlatform'],
  ['_Id', '_Id'],
  ['@odata.type', '@odata.type'],
  ['', ''],
])('%s is known as %s', (written, known) => {
  expect(camelCased({ [written]: 1 })).toEqual({ [known]: 1 });
});

test('members of members, and what is no object, stay as they are', () => {
  expect(camelCased({ Disk: { Path: 1 }, Paths: [{ Id: 2 }] })).toEqual({
    disk: { Path: 1 },
    paths: [{ Id: 2 }],
  });
  for (const value of [null, 7, 'Text', [{ Id: 1 }]]) expect(camelCased(value)).toEqual(value);
});

test('no name reaches the prototype', () => {
  const cased = camelCased(JSON.parse('{"__proto__": {"IsAdmin": true}, "Id": 1}')) as object;
  expect(Object.getPrototypeOf(cased)).toBe(Object.prototype);
  expect(Object.keys(cased)).toEqual(['__proto__', 'id']);
  expect(JSON.stringify(cased)).toBe('{"__proto__":{"IsAdmin":true},"id":1}');
});
