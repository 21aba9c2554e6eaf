//! [`Page`]: one line of code for each metric. Knows Prometheus' encoder, and not what is measured.

use crate::engine::{Histogram, Reading};
use prometheus_client::encoding::{DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, NoLabelSet};
use prometheus_client::metrics::MetricType;
use std::fmt;

/// What a histogram's numbers are divided by: times are counted in microseconds.
pub const SECONDS: f64 = 1e6;
pub const WHOLE: f64 = 1.0;

pub struct Page<'a>(pub DescriptorEncoder<'a>);

/// Names and values of labels. Values are names of ours.
type Labels<'l, const N: usize> = [(&'static str, &'l str); N];

impl Page<'_> {
    pub fn gauge(&mut self, name: &str, help: &str, value: impl EncodeGaugeValue) -> fmt::Result {
        self.0.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
    }

    /// `name` without `_total`, which the encoder adds.
    pub fn counter(&mut self, name: &str, help: &str, value: impl EncodeCounterValue) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        metric.encode_counter::<NoLabelSet, _, f64>(&value, None)
    }

    pub fn gauges<'l, const N: usize, V: EncodeGaugeValue>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<'l, N>, V)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        values.into_iter().try_for_each(|(labels, value)| metric.encode_family(&labels)?.encode_gauge(&value))
    }

    pub fn counters<'l, const N: usize, V: EncodeCounterValue>(
        &mut self,
        name: &str,
        help: &str,
        values: impl IntoIterator<Item = (Labels<'l, N>, V)>,
    ) -> fmt::Result {
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        let mut one = |(labels, value): (Labels<'l, N>, V)| {
            metric.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&value, None)
        };
        values.into_iter().try_for_each(&mut one)
    }

    pub fn histogram(&mut self, name: &str, help: &str, of: &Histogram, unit: f64) -> fmt::Result {
        let Reading { buckets, count, sum } = of.read();
        // The encoder adds the buckets up, and makes the one without an end from the count.
        let bounded = buckets.into_iter().filter(|(end, _)| *end != u64::MAX);
        let buckets: Vec<(f64, u64)> = bounded.map(|(end, n)| (end as f64 / unit, n)).collect();
        let mut metric = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        metric.encode_histogram::<NoLabelSet>(sum as f64 / unit, count, &buckets, None)
    }
}
