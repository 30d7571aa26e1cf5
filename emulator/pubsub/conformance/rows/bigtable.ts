import { documentation } from '../documentation.ts';
import { equal, isTrue, type RpcError } from '../expectations.ts';
import { area } from '../row.ts';

const bigtableConfig = { table: 'projects/a-project/instances/an-instance/tables/a-table' };

export const bigtable = area('Bigtable subscriptions', documentation.bigtableConfig, [
  {
    title: 'a Bigtable subscription is kept as one, or refused by name: it does not become a pull subscription',
    async run(context) {
      const { subscription, refusal } = await context.topicAndSubscription({ bigtableConfig }).then(
        (created) => ({ ...created, refusal: '' }),
        (error: unknown) => ({ subscription: undefined, refusal: (error as RpcError).message }),
      );
      if (subscription === undefined) {
        isTrue(refusal.toLowerCase().includes('bigtable'), `refused with: ${refusal}`);
        return;
      }
      const { bigtableConfig: kept } = await context.getSubscription(subscription);
      equal(kept?.table, bigtableConfig.table, 'table of the subscription that was taken');
    },
  },
]);
