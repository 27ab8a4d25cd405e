import type { IPolicyValidationContext, IPolicyValidationPlugin, PolicyValidationPluginReport } from 'aws-cdk-lib';

const deprecations = 'JSII_DEPRECATED';

/**
 * Runs a pack without the library's warnings of deprecated properties: its rules read every property of a resource to
 * judge it, the ones that nobody sets included. Warnings of what this app uses itself are printed as ever.
 */
export class QuietPack implements IPolicyValidationPlugin {
  readonly name: string;
  private readonly pack: IPolicyValidationPlugin;

  constructor(pack: IPolicyValidationPlugin) {
    this.name = pack.name;
    this.pack = pack;
  }

  validate(context: IPolicyValidationContext): PolicyValidationPluginReport {
    const before = process.env[deprecations];
    process.env[deprecations] = 'quiet';
    try {
      return this.pack.validate(context);
    } finally {
      if (before === undefined) delete process.env[deprecations];
      else process.env[deprecations] = before;
    }
  }
}
