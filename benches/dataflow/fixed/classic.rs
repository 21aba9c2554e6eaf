//! Reachability, transitive closure, Andersen's analysis. In each the arrangement that `distinct` makes of the proposals is the one the
//! next round joins with where its key allows.

use super::Building;
use differential_dataflow::operators::iterate::Variable;
use differential_dataflow::trace::implementations::{KeyBuilder, KeySpine};
use timely::dataflow::Scope;
use timely::order::Product;

type Arc = (u64, u64);

pub fn reach(scope: Scope<'_, u64>, building: &mut Building) {
    let arcs = building.input::<Arc>(scope).arrange_by_key();
    let sources = building.input::<(u64,)>(scope).map(|(x,)| x);
    let reached = scope.iterative::<u32, _, _>(|inner| {
        let (variable, proposed) = Variable::new(inner, Product::new(0, 1));
        let reached = sources
            .enter(inner)
            .concat(proposed)
            .arrange_by_self()
            .reduce_abelian::<_, KeyBuilder<_, _, _>, KeySpine<_, _, _>, _, _>(
                "Distinct",
                |_node, input, output| {
                    if input[0].1 > 0 {
                        output.push(((), 1));
                    }
                },
                |updates, node, changes| {
                    updates.clear();
                    updates.extend(changes.drain(..).map(|(val, time, diff)| ((*node, val), time, diff)));
                },
            );
        variable.set(reached.clone().join_core(arcs.enter(inner), |_from, (), to| Some(*to)));
        reached.as_collection(|node, ()| *node).leave(scope)
    });
    building.output(0, reached, |node| [*node]);
}

pub fn closure(scope: Scope<'_, u64>, building: &mut Building) {
    let arcs = building.input::<Arc>(scope);
    let by_from = arcs.clone().arrange_by_key();
    let closure = scope.iterative::<u32, _, _>(|inner| {
        let (variable, proposed) = Variable::new(inner, Product::new(0, 1));
        let by_to = arcs.enter(inner).map(|(x, y)| (y, x)).concat(proposed).distinct();
        variable.set(by_to.clone().arrange_by_key().join_core(by_from.enter(inner), |_y, x, z| Some((*z, *x))));
        by_to.leave(scope)
    });
    building.output(0, closure, |(to, from)| [*from, *to]);
}

pub fn andersen(scope: Scope<'_, u64>, building: &mut Building) {
    let [address_of, assign, load, store] = [(); 4].map(|()| building.input::<Arc>(scope));
    let assign = assign.map(|(y, z)| (z, y)).arrange_by_key();
    let load = load.map(|(y, x)| (x, y)).arrange_by_key();
    let store = store.arrange_by_key();
    let points_to = scope.iterative::<u32, _, _>(|inner| {
        let (variable, proposed) = Variable::new(inner, Product::new(0, 1));
        let points_to = address_of.enter(inner).concat(proposed).distinct();
        let by_variable = points_to.clone().arrange_by_key();
        let assigned = by_variable.clone().join_core(assign.enter(inner), |_z, x, y| Some((*y, *x)));
        let loads = by_variable.clone().join_core(load.enter(inner), |_x, z, y| Some((*z, *y))).arrange_by_key();
        let loaded = loads.join_core(by_variable.clone(), |_z, y, w| Some((*y, *w)));
        let stores = by_variable.clone().join_core(store.enter(inner), |_y, z, x| Some((*x, *z))).arrange_by_key();
        let stored = stores.join_core(by_variable, |_x, z, w| Some((*z, *w)));
        variable.set(assigned.concat(loaded).concat(stored));
        points_to.leave(scope)
    });
    building.output(0, points_to, |(y, x)| [*y, *x]);
}
