//! Optimisation: equal nodes are one node. Rules that begin alike, and faults beside their rules, are so computed once as far as they
//! agree.

use super::draft::LoopId;
use super::node::{Node, NodeId};
use std::collections::HashMap;

/// Nodes by what they do and where.
pub(super) struct Shared {
    known: Option<HashMap<(Node, Option<LoopId>), NodeId>>,
}

impl Shared {
    pub fn new(on: bool) -> Shared {
        Shared { known: on.then(HashMap::new) }
    }

    pub fn find(&self, node: &Node, level: Option<LoopId>) -> Option<NodeId> {
        self.known.as_ref()?.get(&(node.clone(), level)).copied()
    }

    pub fn remember(&mut self, node: &Node, level: Option<LoopId>, id: NodeId) {
        if let Some(known) = &mut self.known {
            known.insert((node.clone(), level), id);
        }
    }
}
