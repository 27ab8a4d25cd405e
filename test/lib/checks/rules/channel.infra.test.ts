import { expect, test } from '@jest/globals';
import { channel } from '../../../../lib/checks/rules/channel.ts';
import { findings } from '../stack-under-check.ts';

const made = (logGroup: unknown, DependsOn: readonly string[] = []) => ({
  Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'channel' } },
  Channel: {
    Type: 'AWS::MSK::Channel',
    DependsOn,
    Properties: { LoggingInfo: { CloudWatchLogs: { Enabled: true, LogGroup: logGroup } } },
  },
});

test('a channel of Express brokers that refers to its log group, or waits for it, passes', () => {
  expect(findings(channel, made({ Ref: 'Logs' }))).toEqual([]);
  expect(findings(channel, made('channel', ['Logs']))).toEqual([]);
});

test('trap 18: a channel whose log group may not be there yet is refused', () => {
  expect(findings(channel, made('channel'))).toEqual([expect.stringMatching(/^Channel .*wait for its log group/)]);
});

test('trap 18: a channel of Standard brokers is refused', () => {
  expect(findings(channel, made({ Ref: 'Logs' }), 'dev')).toEqual([expect.stringMatching(/dev has Standard ones$/)]);
});
