import { describe, expect, it } from 'vitest';
import { refuseOldJsonata } from '../../../engine/map/compiler/jsonata-version.ts';
import { failureOf } from '../../support/failure-of.ts';

describe('refuseOldJsonata', () => {
  it.each(['2.2.2', '2.2.10', '2.3.0', '2.10.0-rc.1', '10.0.0'])('takes %s', (version) => {
    expect(() => refuseOldJsonata(version)).not.toThrow();
  });

  it.each(['2.2.1', '2.1.99', '1.8.9', '0.0.0', '2.2', '2.2.2-beta', '', 'latest'])(
    'refuses %j, and says what is expected',
    async (version) => {
      expect(await failureOf(() => refuseOldJsonata(version))).toMatchObject({
        code: 'jsonata-too-old',
        message: expect.stringContaining('expected 2.2.2 or later'),
      });
    },
  );
});
