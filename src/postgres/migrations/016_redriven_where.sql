-- A publisher learns that the log has a record, not under which offset; these were never filled in. Where a letter went is
-- told by the topic here, and in the log by the header eventbus_redrive.

alter table redrive_letter drop column sent_partition, drop column sent_offset;

comment on column redrive_letter.sent_topic is 'Topic whose log has acknowledged the record; its header eventbus_redrive names this redrive.';
