import { Aedes, type AedesOptions, type PublishPacket } from 'aedes';

/**
 * The MQTT protocol engine, without message exchange between devices: what a device publishes goes to the log before
 * this point is reached, and no device may subscribe to another's topics, so handing the message on would find nobody.
 */
export class DeviceBroker extends Aedes {
  constructor(options: AedesOptions) {
    super(options);
    this.setMaxListeners(0);
  }

  /** The engine passes the publishing client as second argument; the platform's own messages have none. */
  override publish(packet: PublishPacket, ...rest: readonly unknown[]): void {
    const done = rest.at(-1) as (error?: Error) => void;
    if (rest.length > 1 && rest[0] !== null) {
      done();
      return;
    }
    super.publish(packet, done);
  }
}
