import { expect, test } from 'vitest';
import { startVendor } from '../support/vendor.ts';
test('x', async () => {
  const v = await startVendor({endpoints:{things:{path:'/things',records:'value',key:'id',pagination:{type:'odata_next_link'}}}, streams:{things:{record:{thing:'things'},removed:{absent:true}}}});
  v.lists['/things']=[{id:'a',n:1},{id:'b',n:2}];
  const r = await v.run(); console.log(JSON.stringify(r,null,1));
  v.lists['/things']=[{id:'a',n:1}];
  const r2 = await v.run(); console.log(JSON.stringify(r2,null,1));
});
