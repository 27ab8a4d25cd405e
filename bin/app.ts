// The CDK app. `-c environment=dev` builds one environment, nothing builds all; `-c region=eu-west-1` moves the primary,
// `-c serving=replica` the traffic to the second region.
import { App } from 'aws-cdk-lib';
import { addEnvironments } from '../lib/app.ts';
import { chosenEnvironments } from '../lib/chosen-environments.ts';

const app = new App();
const context = (key: string): unknown => app.node.tryGetContext(key);
addEnvironments(
  app,
  chosenEnvironments({ environment: context('environment'), region: context('region'), serving: context('serving') }),
);
