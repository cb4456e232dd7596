import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunningSimulator } from '../../../engine/simulate/index.ts';
import { startLogVendor } from '../support/simulators.ts';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startLogVendor();
});
afterAll(() => simulator.close());

async function ask(authorization?: string): Promise<{ status: number; code: string | undefined }> {
  const headers = authorization === undefined ? {} : { authorization };
  const answer = await fetch(`${simulator.settings.org_url}/api/v1/logs`, { headers });
  const body = (await answer.json()) as { errorCode?: string };
  return { status: answer.status, code: body.errorCode };
}

describe('an API token', () => {
  it('opens the API after its scheme, in any case', async () => {
    expect((await ask(`SSWS ${simulator.secrets.api_token}`)).status).toBe(200);
    expect((await ask(`ssws ${simulator.secrets.api_token}`)).status).toBe(200);
  });

  it('is refused in the words of the vendor', async () => {
    expect(await ask()).toEqual({ status: 401, code: 'E0000005' });
    expect(await ask(`Bearer ${simulator.secrets.api_token}`)).toEqual({ status: 401, code: 'E0000005' });
    expect(await ask('SSWS nonsense')).toEqual({ status: 401, code: 'E0000011' });
    expect(await ask('SSWS expired-token')).toEqual({ status: 401, code: 'E0000011' });
    expect(await ask('SSWS bare-token')).toEqual({ status: 403, code: 'E0000006' });
  });
});
