import { type AwaitedVersion, type CommandHandler, found, type ReadHandler, versioned } from './handler.ts';
import type { StockChange } from './request-schemas.ts';

export const getStock: ReadHandler<AwaitedVersion> = async ({ ids: { productId }, query }, { reads }) => {
  const stock = found(await reads.stock(productId, query['min-version']), `stock of product ${productId}`);
  return versioned(stock.version, stock);
};

export const changeStock: CommandHandler<StockChange> = async ({ ids, body: change, command }, { commands }) => {
  const { productId } = ids;
  const { version, state } =
    'onHand' in change
      ? await commands.countStock({ ...command, productId, onHand: change.onHand })
      : await commands.changeStock({ ...command, productId, ...change });
  return versioned(version, { productId, onHand: state.onHand, reserved: state.reserved, version });
};
