import * as z from 'zod';

export const network = z
  .strictObject({ encrypted: z.boolean().default(false).describe('IPsec between nodes; decide before the first deploy, an existing network is never changed.') })
  .prefault({});
