/** A real engine started for the integration run. */
export interface Engine {
  /** How clients reach it: bootstrap servers or a URL. */
  readonly address: string;
  stop(): Promise<void>;
}
