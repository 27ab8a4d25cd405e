import { environment } from '../src/catalogue/environment.ts';
import { mappingBreaker } from '../src/catalogue/outage-budget.ts';
import { makeFunctionLog } from '../src/consumers/function-log.ts';
import { makeMappingBreaker, mappingsFromEnvironment } from '../src/consumers/mapping-breaker/handler.ts';
import { lambdaMappings } from '../src/consumers/mapping-breaker/mapping-control.ts';

const write = (line: string): boolean => process.stdout.write(line);

export const handler = makeMappingBreaker({
  mappings: mappingsFromEnvironment(process.env),
  control: lambdaMappings(),
  log: makeFunctionLog({ name: mappingBreaker, level: process.env[environment.logLevel], write }),
});
