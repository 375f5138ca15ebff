/* Three schedulers and SGD in C, for the kit: JSON Lines in and out (docs/process-protocol.md).
 *
 *     gcc -O2 -o schedules schedules.c -ljansson -lm
 *     optimspec smoke cmd:./schedules
 *
 * To check a library of your own, keep the values, scenarios and messages, and call it from them.
 */
#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUPS = 8, WEIGHTS = 16, ELEMENTS = 64, SAVED = 8, OPTIMIZERS = 4 };

/* ---------------------------------------------------------------------------------------------------------- errors */

/* C has no classes of errors: a kind is a word, as the protocol has them, or "unsupported". */
static jmp_buf refused;
static const char *kind;
static char message[300];

static void refuse(const char *as, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    kind = as;
    longjmp(refused, 1);
}

/* ---------------------------------------------------------------------------------------------------------- values */

static const char *who; /* the class whose arguments are read */
static json_t *get(const json_t *object, const char *name) { return json_object_get(object, name); }
static const char *text(const json_t *object, const char *name) { return json_string_value(get(object, name)); }

/* A float is a string, and nan and infinity are objects. strtod reads decimal and hexadecimal. */
static double number(const json_t *value) {
    return strtod(json_string_value(json_is_object(value) ? get(value, "float") : value), NULL);
}

/* What stands behind the tag of a number of another type, or the value itself. */
static json_t *untagged(json_t *value) {
    const char *tags[] = {"int64", "float32", "0-d"};
    for (int i = 0; i < 3; i++)
        if (get(value, tags[i])) return get(value, tags[i]);
    return value;
}

static double real(const char *name, json_t *value, double low, double high, bool open) {
    bool single = get(value, "float32");
    value = untagged(value);
    if (!json_is_integer(value) && !json_is_string(value) && !get(value, "float"))
        refuse("type", "%s: %s must be a number", who, name);
    double x = json_is_integer(value) ? (double)json_integer_value(value) : number(value);
    if (single) x = (float)x;
    if (!isfinite(x) || x < low || x > high || (open && (x == low || x == high)))
        refuse("value", "%s: %s must be in its domain, got %g", who, name, x);
    return x;
}

static long long integer(const char *name, json_t *value, long long low) {
    value = untagged(value);
    if (!json_is_integer(value)) refuse("type", "%s: %s must be an integer", who, name);
    long long n = json_integer_value(value);
    if (n < low) refuse("value", "%s: %s must be at least %lld, got %lld", who, name, low, n);
    return n;
}

static json_t *written(double x) {
    char digits[32];
    if (!isfinite(x)) return json_pack("{s:s}", "float", isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
    snprintf(digits, sizeof digits, "%.17g", x);
    return json_string(digits);
}

/* ------------------------------------------------------------------------------------------------------ schedulers */

enum Class { CONSTANT, EXPONENTIAL, STEP, COSINE };

typedef struct {
    enum Class class;
    const char *name;
    int given, groups;                       /* how many base rates were given, and groups are attached */
    double base[GROUPS], explicit_[GROUPS];  /* nan, where a group has no rate of its own */
    long long t, length;                     /* step_size or T_max */
    double gamma, eta_min;
} Scheduler;

static int count(const Scheduler *s) { return s->given > s->groups ? s->given : s->groups; }
static double base(const Scheduler *s, int i) {
    return isnan(s->explicit_[i]) ? s->base[i < s->given ? i : s->given - 1] : s->explicit_[i];
}

static double rate(const Scheduler *s, int i) {
    double b = base(s, i);
    if (s->class == EXPONENTIAL) return b * pow(s->gamma, (double)s->t);
    if (s->class == STEP) return b * pow(s->gamma, (double)(s->t / s->length));
    if (s->class == COSINE) {
        long long t = s->t < s->length ? s->t : s->length;
        double root = sin(acos(-1) / 2 * (double)(s->length - t) / (double)s->length), w = root * root;
        return w * b + (1 - w) * s->eta_min;
    }
    return b;
}

static Scheduler constant(double lr) {
    Scheduler s = {.class = CONSTANT, .name = "SGD", .given = 1, .groups = 1, .base = {lr}};
    for (int i = 0; i < GROUPS; i++) s.explicit_[i] = NAN;
    return s;
}

static void read_base(Scheduler *s, json_t *value) {
    json_t *list = get(value, "tuple") ? get(value, "tuple") : value;
    s->given = json_is_array(list) ? (int)json_array_size(list) : 1;
    if (s->given == 0) refuse("value", "%s: base_lr must not be empty", who);
    if (s->given > GROUPS) refuse("unsupported", "no more than %d groups", GROUPS);
    for (int i = 0; i < s->given; i++)
        s->base[i] = real("base_lr", json_is_array(list) ? json_array_get(list, i) : value, 0, INFINITY, false);
}

static Scheduler build(json_t *config) {
    Scheduler s = constant(1e-3);
    s.groups = 0;
    s.name = who = text(config, "class");
    s.class = !strcmp(who, "StepLR") ? STEP : !strcmp(who, "CosineAnnealingLR") ? COSINE : EXPONENTIAL;
    s.gamma = s.class == STEP ? 0.1 : 0.95;
    s.length = s.class == STEP ? 30 : 50;
    const char *name;
    json_t *value;
    json_object_foreach(config, name, value) {
        if (!strcmp(name, "base_lr")) read_base(&s, value);
        else if (!strcmp(name, "last_epoch")) s.t = integer(name, value, -1);
        else if (!strcmp(name, "gamma") && s.class != COSINE)
            s.gamma = real(name, value, 0, s.class == STEP ? nextafter(1, 2) : 1, true); /* 1 is a step's, too */
        else if (!strcmp(name, s.class == STEP ? "step_size" : "T_max")) s.length = integer(name, value, 1);
        else if (!strcmp(name, "eta_min") && s.class == COSINE) s.eta_min = real(name, value, 0, INFINITY, false);
        else if (strcmp(name, "class")) refuse("type", "%s has no argument %s", who, name);
    }
    if (s.t < 0) s.t = 0;
    return s;
}

/* ------------------------------------------------------------------------------------------------------------- SGD */

typedef struct {
    json_t *key, *array; /* as they were sent: dtype and shape are written back */
    int group, size;
    bool single;
    double value[ELEMENTS], velocity[ELEMENTS];
} Weight;

typedef struct {
    bool follows, nesterov; /* whether its rates are those of the scheduler of the scenario */
    Scheduler own;
    double momentum, clip_norm, clip_value, decay[GROUPS];
    int groups, size;
    Weight weights[WEIGHTS];
} Optimizer;

/* All that a scenario has. A refused operation brings back the one before. */
typedef struct {
    json_t *scenario;
    bool has_scheduler;
    int optimizers, current, saved;
    Scheduler scheduler, scheduler_states[SAVED];
    Optimizer all[OPTIMIZERS], optimizer_states[SAVED];
    const char *names[SAVED]; /* of states */
} Run;

static Run run, before;
static Scheduler *schedule(Optimizer *o) { return o->follows ? &run.scheduler : &o->own; }
static double rounded(const Weight *w, double x) { return w->single ? (double)(float)x : x; }

static void attach(Optimizer *o, json_t *pairs, int group) {
    if (group >= GROUPS) refuse("unsupported", "no more than %d groups", GROUPS);
    for (size_t i = 0; i < json_array_size(pairs); i++) {
        json_t *key = json_array_get(json_array_get(pairs, i), 0), *array = json_array_get(json_array_get(pairs, i), 1);
        json_t *data = get(array, "data");
        const char *dtype = text(array, "dtype");
        for (int j = 0; j < o->size; j++)
            if (json_equal(o->weights[j].key, key)) refuse("value", "SGD: a key is registered already");
        if (get(array, "plain")) refuse("unsupported", "a weight always has a value");
        if (strcmp(dtype, "float32") && strcmp(dtype, "float64")) refuse("type", "SGD: no weights of %s", dtype);
        if (o->size == WEIGHTS || json_array_size(data) > ELEMENTS) refuse("unsupported", "so many weights");
        Weight *w = &o->weights[o->size++];
        *w = (Weight){key, array, group, (int)json_array_size(data), !strcmp(dtype, "float32"), {0}, {0}};
        for (int j = 0; j < w->size; j++) w->value[j] = number(json_array_get(data, j));
    }
    if (o->groups <= group) o->groups = group + 1;
    if (schedule(o)->groups < o->groups) schedule(o)->groups = o->groups;
}

static Optimizer build_optimizer(json_t *config) {
    Optimizer o = {.own = constant(1e-3), .clip_norm = INFINITY, .clip_value = INFINITY};
    const char *name = who = "SGD";
    json_t *value;
    json_object_foreach(config, name, value) {
        if (!strcmp(name, "lr")) {
            o.follows = json_is_string(value) && !strcmp(json_string_value(value), "@scheduler");
            if (!o.follows) o.own.base[0] = real(name, value, 0, INFINITY, false);
        } else if (!strcmp(name, "momentum")) o.momentum = real(name, value, 0, INFINITY, false);
        else if (!strcmp(name, "weight_decay")) o.decay[0] = real(name, value, 0, INFINITY, false);
        else if (!strcmp(name, "nesterov")) {
            if (!get(value, "bool")) refuse("type", "SGD: nesterov must be true or false");
            o.nesterov = json_is_true(get(value, "bool"));
        } else if (!strcmp(name, "grad_clip_norm") || !strcmp(name, "grad_clip_value")) {
            double *clip = !strcmp(name, "grad_clip_norm") ? &o.clip_norm : &o.clip_value;
            if (!json_is_null(value)) *clip = real(name, value, 0, INFINITY, true);
        } else if (strcmp(name, "class")) refuse("type", "SGD has no argument %s", name);
    }
    for (int i = 1; i < GROUPS; i++) o.decay[i] = o.decay[0];
    return o;
}

static void step(Optimizer *o, json_t *grads) {
    static double g[WEIGHTS][ELEMENTS];
    bool given[WEIGHTS] = {false};
    double norm = 0;
    if (!o->groups) refuse("value", "SGD: register weights before you step");
    if (!json_is_array(grads)) refuse("unsupported", "gradients are always a list of pairs");
    for (size_t i = 0; i < json_array_size(grads); i++) {
        json_t *key = json_array_get(json_array_get(grads, i), 0), *array = json_array_get(json_array_get(grads, i), 1);
        int j = 0;
        while (j < o->size && !json_equal(o->weights[j].key, key)) j++;
        if (j == o->size) refuse("key", "SGD: a gradient has the key of no weight");
        Weight *w = &o->weights[j];
        bool same = get(array, "is"); /* the array that the weight holds: here its values */
        if (given[j] || (!same && !json_equal(get(array, "shape"), get(w->array, "shape"))))
            refuse("value", "SGD: a gradient has another shape than its weight, or comes twice");
        for (int e = 0; e < w->size; e++) {
            g[j][e] = same ? w->value[e] : number(json_array_get(get(array, "data"), e));
            norm = hypot(norm, g[j][e]);
        }
        given[j] = true;
    }
    double scale = norm > o->clip_norm ? o->clip_norm / norm : 1;
    for (int j = 0; j < o->size; j++) {
        Weight *w = &o->weights[j];
        double lr = rate(schedule(o), w->group);
        for (int e = 0; given[j] && e < w->size; e++) {
            double x = g[j][e] * scale, most = o->clip_value;
            x = (x > most ? most : x < -most ? -most : x) + o->decay[w->group] * w->value[e]; /* fmin drops a nan */
            double v = rounded(w, o->momentum * w->velocity[e] + x);
            w->velocity[e] = v;
            if (lr != 0) w->value[e] = rounded(w, w->value[e] - lr * (o->nesterov ? x + o->momentum * v : v));
        }
    }
}

static void load_optimizer(Optimizer *o, const Optimizer *state) {
    if (state->groups != o->groups || state->size != o->size || state->follows != o->follows)
        refuse("value", "SGD: the state is that of other groups or weights");
    for (int i = 0, j; i < o->size; i++) {
        for (j = 0; j < state->size && !json_equal(o->weights[i].key, state->weights[j].key);) j++;
        if (j == state->size || o->weights[i].size != state->weights[j].size) refuse("key", "SGD: other weights");
        memcpy(o->weights[i].velocity, state->weights[j].velocity, sizeof o->weights[i].velocity);
    }
    o->own = state->own;
}

/* ------------------------------------------------------------------------------------------------------- scenarios */

static void new_optimizer(json_t *config, const Optimizer *old) {
    json_t *weights = get(run.scenario, "weights");
    Optimizer o = build_optimizer(config);
    if (run.optimizers == OPTIMIZERS) refuse("unsupported", "so many optimizers");
    if (!json_is_null(weights)) attach(&o, weights, 0);
    for (int i = 0; old && i < o.size; i++)
        memcpy(o.weights[i].value, old->weights[i].value, sizeof o.weights[i].value);
    run.current = run.optimizers++;
    run.all[run.current] = o;
}

static void construct(void) {
    json_t *scheduler = get(run.scenario, "scheduler"), *optimizer = get(run.scenario, "optimizer");
    if ((run.has_scheduler = scheduler != NULL)) run.scheduler = build(scheduler);
    if (optimizer) new_optimizer(optimizer, NULL);
}

static int state(const char *name) {
    for (int i = 0; i < run.saved; i++)
        if (!strcmp(run.names[i], name)) return i;
    if (run.saved == SAVED) refuse("unsupported", "so many states");
    run.names[run.saved] = name;
    return run.saved++;
}

static void perform(json_t *row) {
    const char *op = text(row, "op");
    json_t *epoch = get(row, "epoch"), *config = get(row, "scheduler"), *given = get(row, "n");
    long long n = given ? json_integer_value(given) : 1;
    Optimizer *o = &run.all[run.current];
    who = !strncmp(op, "scheduler", 9) ? run.scheduler.name : "SGD";
    if (!strcmp(op, "read")) return;
    if (!strcmp(op, "scheduler.step") && !get(row, "metric"))
        run.scheduler.t = epoch ? integer("epoch", epoch, 0) : run.scheduler.t + n;
    else if (!strcmp(op, "scheduler.save")) run.scheduler_states[state(text(row, "as"))] = run.scheduler;
    else if (!strcmp(op, "scheduler.load")) {
        Scheduler *saved = &run.scheduler_states[state(text(row, "from"))];
        if (count(saved) != count(&run.scheduler)) refuse("value", "%s: the state has other groups", who);
        run.scheduler.t = saved->t, run.scheduler.given = saved->given;
        memcpy(run.scheduler.base, saved->base, sizeof saved->base);
        memcpy(run.scheduler.explicit_, saved->explicit_, sizeof saved->explicit_);
    } else if (!strcmp(op, "scheduler.new") || !strcmp(op, "new")) {
        Optimizer old = *o;
        json_t *optimizer = get(row, "optimizer");
        if (run.has_scheduler) run.scheduler = build(config ? config : get(run.scenario, "scheduler"));
        run.optimizers = 0;
        if (!strcmp(op, "new")) new_optimizer(optimizer ? optimizer : get(run.scenario, "optimizer"), &old);
    } else if (!strcmp(op, "optimizer.join")) new_optimizer(get(run.scenario, "optimizer"), NULL);
    else if (!strcmp(op, "optimizer.use")) run.current = (int)json_integer_value(get(row, "which"));
    else if (!strcmp(op, "optimizer.step") || !strcmp(op, "optimizer.update"))
        for (long long i = 0; i < n; i++) step(o, get(row, "grads"));
    else if (!strcmp(op, "optimizer.register")) attach(o, get(row, "weights"), 0);
    else if (!strcmp(op, "optimizer.add_param_group")) {
        json_t *lr = get(row, "lr"), *decay = get(row, "weight_decay");
        int group = o->groups;
        if (!group) refuse("value", "SGD: register weights before you add a group");
        attach(o, get(row, "weights"), group);
        if (lr) schedule(o)->explicit_[group] = real("lr", lr, 0, INFINITY, false);
        if (decay) o->decay[group] = real("weight_decay", decay, 0, INFINITY, false);
    } else if (!strcmp(op, "optimizer.save")) run.optimizer_states[state(text(row, "as"))] = *o;
    else if (!strcmp(op, "optimizer.load")) load_optimizer(o, &run.optimizer_states[state(text(row, "from"))]);
    else refuse("unsupported", "no operation %s", op);
}

static json_t *observe(void) {
    json_t *row = json_object();
    if (run.has_scheduler) {
        json_t *bases = json_array(), *rates = json_array();
        for (int i = 0; i < count(&run.scheduler); i++) {
            json_array_append_new(bases, written(base(&run.scheduler, i)));
            json_array_append_new(rates, written(rate(&run.scheduler, i)));
        }
        json_object_set_new(row, "t", json_integer(run.scheduler.t));
        json_object_set_new(row, "base", bases);
        json_object_set_new(row, "lr", rates);
    }
    if (run.optimizers) {
        Optimizer *o = &run.all[run.current];
        json_t *weights = json_array();
        for (int i = 0; i < o->size; i++) {
            Weight *w = &o->weights[i];
            json_t *data = json_array(), *dtype = get(w->array, "dtype"), *shape = get(w->array, "shape");
            for (int e = 0; e < w->size; e++) json_array_append_new(data, written(w->value[e]));
            json_t *array = json_pack("{s:O, s:O, s:o}", "dtype", dtype, "shape", shape, "data", data);
            json_array_append_new(weights, json_pack("[O, o]", w->key, array));
        }
        if (o->size) json_object_set_new(row, "opt_lr", written(rate(schedule(o), 0)));
        json_object_set_new(row, "weights", weights);
    }
    return row;
}

/* -------------------------------------------------------------------------------------------------------- messages */

static const char HELLO[] =
    "{\"hello\": {\"protocol\": 1, \"name\": \"schedules.c\", \"version\": \"0.1.0\", \"precision\": \"float64\", "
    "\"provides\": [\"ExponentialLR\", \"StepLR\", \"CosineAnnealingLR\", \"SGD\"], \"features\": []}}";

static json_t *answer(json_t *id, json_t *scenario) {
    json_t *trace = json_array(), *rows = get(scenario, "do");
    run = (Run){.scenario = scenario};
    for (size_t i = 0; i <= json_array_size(rows); i++) {
        before = run;
        if (!setjmp(refused)) {
            if (i == 0) construct();
            else perform(json_array_get(rows, i - 1));
            json_array_append_new(trace, observe());
        } else if (!strcmp(kind, "unsupported")) {
            json_decref(trace);
            return json_pack("{s:O, s:s}", "id", id, "unsupported", message);
        } else {
            run = before;
            json_array_append_new(trace, json_pack("{s:{s:s, s:s}}", "error", "kind", kind, "message", message));
            if (i == 0) break;
        }
    }
    return json_pack("{s:O, s:o}", "id", id, "trace", trace);
}

int main(void) {
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        json_t *request = json_loads(line, 0, NULL);
        json_t *scenario = get(request, "scenario"), *reply = scenario ? answer(get(request, "id"), scenario) : NULL;
        if (reply) json_dumpf(reply, stdout, 0);
        puts(reply ? "" : HELLO);
        fflush(stdout);
        json_decref(reply), json_decref(request);
    }
    return 0;
}
