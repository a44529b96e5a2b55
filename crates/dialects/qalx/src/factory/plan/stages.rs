//! `factory.stages`: sectors, and which bots run in each.

use yaml_serde::Mapping;

use super::faults::{Faults, Node};
use super::is_member;

/// The keys of a stage that are no sectors.
const OTHERS: [&str; 3] = ["workflow", "user_profile", "bot_profile"];
const TYPES: [&str; 2] = ["local", "aws"];

pub(super) fn check(factory: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    let Some(stages) = factory.required("stages", parts, faults) else {
        return;
    };
    for stage in stages.some_members(faults) {
        let (others, sectors): (Vec<_>, Vec<_>) = stage
            .members(faults)
            .into_iter()
            .partition(|member| OTHERS.contains(&member.name()));
        for other in others.iter().filter(|other| !other.value.is_null()) {
            let Some(text) = other.text(faults) else {
                continue;
            };
            if other.name() == "workflow" && !is_member(parts, "workflows", text) {
                faults.add(&other.path, format_args!("factory.workflows has no {text:?}"));
            }
        }
        if sectors.is_empty() && stage.value.is_mapping() {
            faults.add(&stage.path, "at least one sector is required");
        }
        for sector in sectors {
            check_sector(&sector, parts, faults);
        }
    }
}

fn check_sector(sector: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    let Some(settings) = sector.object(faults) else {
        return;
    };
    let kind = sector.required("type", settings, faults);
    let kind = kind.and_then(|kind| {
        let text = kind.text(faults)?;
        if !TYPES.contains(&text) {
            kind.expected("local or aws", faults);
        }
        Some(text)
    });
    if let Some(region) = sector.optional("region_name", settings) {
        region.text(faults);
    }
    if kind == Some("aws") {
        check_aws(sector, settings, parts, faults);
    }
    let Some(bots) = sector.required("bots", settings, faults) else {
        return;
    };
    for bot in bots.some_members(faults) {
        check_bot(&bot, parts, faults);
    }
}

fn check_aws(sector: &Node<'_>, settings: &Mapping, parts: &Mapping, faults: &mut Faults) {
    if let Some(parameters) = sector.required("parameters", settings, faults)
        && let Some(properties) = parameters.object(faults)
        && let Some(image) = parameters.required("ImageId", properties, faults)
    {
        image.text(faults);
    }
    if let Some(alarm) = sector.optional("alarm", settings)
        && let Some(name) = alarm.text(faults)
        && !is_member(parts, "alarms", name)
    {
        faults.add(&alarm.path, format_args!("factory.alarms has no {name:?}"));
    }
}

/// The options with which the bot is started.
fn check_bot(bot: &Node<'_>, parts: &Mapping, faults: &mut Faults) {
    if !is_member(parts, "bots", bot.name()) {
        faults.add(&bot.path, format_args!("factory.bots has no {:?}", bot.name()));
    }
    let Some(options) = bot.object(faults) else {
        return;
    };
    if let Some(queue) = bot.required("queue-name", options, faults) {
        queue.text(faults);
    }
    if let Some(processes) = bot.optional("processes", options)
        && processes.value.as_u64().is_none_or(|number| number == 0)
    {
        processes.expected("a whole number above zero", faults);
    }
}
