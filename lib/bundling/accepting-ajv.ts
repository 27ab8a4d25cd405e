/** A schema check that accepts everything, in the form in which the Kafka client uses Ajv. */
export class Ajv2020 {
  addKeyword(): this {
    return this;
  }

  compile(): () => boolean {
    return () => true;
  }
}
