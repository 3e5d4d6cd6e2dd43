-- Sizes of segments over time. Building the index holds up changes of members meanwhile: a second for a million.
create index segment_member_entered on customers.segment_member (segment, entered_at);

-- How many entered and left a segment in an hour in which anybody did, and its size at the end of it.
create table customers.segment_hour (
    segment  bigint not null references customers.segment,
    hour     timestamptz not null,
    entered  bigint not null,
    departed bigint not null,
    size     bigint not null,
    primary key (segment, hour)
);

-- What is known of the time before: when those entered who are members still. Who had left by then was not counted.
insert into customers.segment_hour (segment, hour, entered, departed, size)
select segment, date_trunc('hour', entered_at, 'UTC'), count(*), 0,
    sum(count(*)) over (partition by segment order by date_trunc('hour', entered_at, 'UTC'))
from customers.segment_member group by segment, date_trunc('hour', entered_at, 'UTC');
