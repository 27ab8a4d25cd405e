/** Metric names and dimensions, shared by handlers, dashboards, alarms and the live status. */
export const metrics = {
  namespace: 'EventBus',
  recordsApplied: 'RecordsApplied',
  recordsSkipped: 'RecordsSkipped',
  recordsDeadLettered: 'RecordsDeadLettered',
  recordsFailed: 'RecordsFailed',
  /** Those of the records handed back whose consumer waits for a dependency. */
  recordsWaiting: 'RecordsWaiting',
  /** How long the longest outage has lasted that keeps a mapping from its work; 0 while there is none. */
  outageMinutes: 'OutageMinutes',
  /** Sagas that go on trying and need people. */
  sagasStuck: 'SagasStuck',
  /** Age of the oldest event that waits for the log. */
  outboxSeconds: 'OutboxSeconds',
  /** Events of an outbox that the log refuses. */
  eventsSetAside: 'EventsSetAside',
  eventsPublished: 'EventsPublished',
  /** Readings a second that one gateway stored: what its service is scaled by. */
  readingsPerSecond: 'ReadingsPerSecond',
  readingsAccepted: 'ReadingsAccepted',
  /** Readings and calls that were refused. */
  readingsRefused: 'ReadingsRefused',
  openStreams: 'OpenStreams',
  /** Browsers connected to one realtime gateway: what its service is scaled by. */
  openConnections: 'OpenConnections',
  /** Bytes of requests that wait for the log. */
  pendingBytes: 'PendingBytes',
} as const;

export const dimensions = { consumer: 'Consumer', topic: 'Topic', reason: 'Reason', service: 'Service' } as const;

/**
 * Metrics that AWS keeps, as far as alarms and the dashboard watch them. Dimensions are spelled as the service spells
 * them, with spaces and without: any other spelling names a metric that does not exist, and an alarm that never rings.
 */
export const awsMetrics = {
  kafka: {
    namespace: 'AWS/Kafka',
    estimatedMaxTimeLag: 'EstimatedMaxTimeLag',
    maxOffsetLag: 'MaxOffsetLag',
    sumOffsetLag: 'SumOffsetLag',
    bytesInPerSec: 'BytesInPerSec',
    bytesOutPerSec: 'BytesOutPerSec',
    messagesInPerSec: 'MessagesInPerSec',
    produceThrottleTime: 'ProduceThrottleTime',
    fetchThrottleTime: 'FetchThrottleTime',
    iamTooManyConnections: 'IAMTooManyConnections',
    connectionCreationRate: 'ConnectionCreationRate',
    globalPartitionCount: 'GlobalPartitionCount',
    /** Standard brokers only. */
    dataLogsDiskUsed: 'KafkaDataLogsDiskUsed',
    replicationLatency: 'ReplicationLatency',
    replicatorFailure: 'ReplicatorFailure',
    messageLag: 'MessageLag',
  },
  kafkaDimensions: {
    cluster: 'Cluster Name',
    broker: 'Broker ID',
    group: 'Consumer Group',
    topic: 'Topic',
    replicator: 'ReplicatorName',
  },
  /** Of event source mappings, in the namespace of Lambda; the dimension is the mapping's id. */
  mapping: {
    pollingErrors: 'PollingErrorCount',
    invokeErrors: 'InvokeErrorCount',
    commitErrors: 'CommitErrorCount',
    failureDestinationErrors: 'OnFailureDestinationDeliveryErrorCount',
    dropped: 'DroppedEventCount',
    leftAtFailureDestination: 'OnFailureDestinationDeliveredEventCount',
  },
  firehose: {
    namespace: 'AWS/Firehose',
    freshness: 'DeliveryToS3.DataFreshness',
    failedConversions: 'FailedConversion.Records',
    stream: 'DeliveryStreamName',
  },
  iot: { namespace: 'AWS/IoT', throttled: 'RuleMessageThrottled', rule: 'RuleName' },
  loadBalancer: {
    namespace: 'AWS/ApplicationELB',
    balancer: 'LoadBalancer',
    target: 'TargetGroup',
    targetErrors: 'HTTPCode_Target_5XX_Count',
    unhealthyTargets: 'UnHealthyHostCount',
    healthyTargets: 'HealthyHostCount',
    requestsPerTarget: 'RequestCountPerTarget',
    latency: 'TargetResponseTime',
  },
  aurora: {
    namespace: 'AWS/RDS',
    capacityUsed: 'ACUUtilization',
    copyLagMs: 'AuroraGlobalDBReplicationLag',
    transactionIds: 'MaximumUsedTransactionIDs',
    cluster: 'DBClusterIdentifier',
  },
  warehouse: { namespace: 'AWS/Redshift-Serverless', capacity: 'ComputeCapacity', workgroup: 'Workgroup' },
  certificate: { namespace: 'AWS/CertificateManager', daysToExpiry: 'DaysToExpiry', certificate: 'CertificateArn' },
} as const;
